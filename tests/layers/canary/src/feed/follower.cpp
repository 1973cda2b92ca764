#include "history/history_file.hpp"  // expect: layer
#include "history/history_reader.hpp"
#include "sync/backoff.hpp"
#include "sync/sync_loop.hpp"  // expect: layer

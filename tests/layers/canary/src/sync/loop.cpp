#include "capture/capture.hpp"
#include "capture/trigger/queue.hpp"  // expect: layer
#include "change/batch.hpp"
#include "destination/destination.hpp"
#include "destination/sqlite_file/applier.hpp"  // expect: layer
#include "sqlite/connection.hpp"                // expect: layer

#include <condition_variable>

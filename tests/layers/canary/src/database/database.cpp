#include "capture/session/session.hpp"
#include "capture/trigger/queue.hpp"
#include "destination/sqlite_file/applier.hpp"
#include "sqlite/connection.hpp"
#include "sync/loop.hpp"

#include <sqlite3.h>  // expect: sqlite

#include "capture/trigger/queue.hpp"

#include "capture/capture.hpp"
#include "capture/session/session.hpp"  // expect: sibling

#include <sqlite3ext.h>  // expect: sqlite

#include "batch.hpp"  // expect: path

#include "capture/capture.hpp"  // expect: layer
#include "sqlite/connection.hpp"

#include <sqlite3.h>  // expect: sqlite

#include "change/batch.hpp"  // expect: layer

#include <sqlite3ext.h>

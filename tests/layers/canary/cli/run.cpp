#include "options.hpp"
#include "sync/loop.hpp"          // expect: layer
#include "tidemark/database.hpp"  // expect: path

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

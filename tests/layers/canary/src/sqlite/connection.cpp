#include "sqlite/connection.hpp"

#include "change/batch.hpp"  // expect: layer

#include <tidemark/error.hpp>

#include <sqlite3.h>

#include <string>

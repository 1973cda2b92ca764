#include <fmt/format.h>
#include <sqlite/connection.hpp>  // expect: layer

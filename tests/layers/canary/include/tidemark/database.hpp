#include "options.hpp"  // expect: public

#include <tidemark/options.hpp>

#include <fmt/format.h>  // expect: public
#include <sqlite3.h>     // expect: public

#include <cstdint>
#include <string_view>

#include "database/core.hpp"  // expect: layer
#include "sqlite/api.hpp"

#include <tidemark/tidemark.h>

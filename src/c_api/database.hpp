#pragma once

#include <tidemark/database.hpp>
#include <tidemark/tidemark.h>

struct tidemark_database {  // NOLINT(readability-identifier-naming)
    tidemark::Database kept;
};

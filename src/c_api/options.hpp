#pragma once

#include "c_api/guard.hpp"

#include <tidemark/options.hpp>
#include <tidemark/tidemark.h>

#include <optional>

/// The options, and the first complaint about what was set.
struct tidemark_options {  // NOLINT(readability-identifier-naming)
    tidemark::Options values;
    tidemark::c_api::ErrorPointer complaint;
};

namespace tidemark::c_api {

/// The defaults for null. Throws Error when something could not be set.
[[nodiscard]] Options options_of(const tidemark_options* options);

}  // namespace tidemark::c_api

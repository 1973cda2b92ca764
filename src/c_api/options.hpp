#pragma once

#include "c_api/settings.hpp"

#include <tidemark/options.hpp>
#include <tidemark/tidemark.h>

struct tidemark_options  // NOLINT(readability-identifier-naming)
    : tidemark::c_api::Settings<tidemark::Options> {};

namespace tidemark::c_api {

/// The defaults for null. Throws Error when something could not be set.
[[nodiscard]] Options options_of(const tidemark_options* options);

}  // namespace tidemark::c_api

#pragma once

#include <tidemark/status.hpp>

#include <optional>
#include <string>

namespace extension {

/// What `tidemark_status()` returns: a JSON object, whose members docs/extension.md explains.
[[nodiscard]] std::string status_json(const std::optional<tidemark::Status>& status);

}  // namespace extension

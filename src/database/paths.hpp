#pragma once

#include <string>

namespace tidemark {

/// The absolute path of a database file, links resolved, so that one file has one name and one
/// lock. The file need not exist; its folder must. Throws Error.
[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace tidemark

#pragma once

#include "host.hpp"

#include <tidemark/options.hpp>

#include <string>

namespace extension {

/// Sets the options that a JSON object names (docs/extension.md has the list). The JSON is read by the
/// host's SQLite, on `connection`. Throws tidemark::Error that names what is wrong.
void read_options(sqlite3* connection, const std::string& json, tidemark::Options& options);

}  // namespace extension

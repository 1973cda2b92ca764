#pragma once

#include <tidemark/options.hpp>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <functional>
#include <string>
#include <vector>

namespace cli {

/// Is told what is wrong, and where.
using Complain = std::function<void(const toml::node& where, const std::string& what)>;
/// Makes a path of the file an absolute one.
using Resolve = std::function<std::string(const std::string& path)>;

/// The tables `[[destinations]]` of a configuration file; docs/configuration.md describes them. They are
/// SQLite files, with rules that no command line could hold.
[[nodiscard]] std::vector<tidemark::DestinationOptions> read_destinations(const toml::node& node,
                                                                          const Resolve& resolve,
                                                                          const Complain& complain);

}  // namespace cli

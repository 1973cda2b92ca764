#pragma once

#include <tidemark/options.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
}

namespace cli {

/// What is wrong with a configuration file: one line per mistake, `FILE:LINE: what it is`.
class ConfigError : public std::runtime_error {
public:
    explicit ConfigError(std::vector<std::string> lines);
    [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }

private:
    std::vector<std::string> lines_;
};

/// A configuration file in TOML; docs/configuration.md describes it.
///
/// But for `[[destinations]]` with their rules it says nothing that the command line could not say: each
/// key is the long name of an option, with `_` for `-`. So names, units, choices and messages are those
/// of the command line, and an option that is new there is known here.
class ConfigFile {
public:
    /// Throws ConfigError when the file cannot be read, is no TOML, or has sections or kinds of values
    /// that no option can have.
    explicit ConfigFile(const std::string& path);

    /// Gives the options of a command the values of the file, but for those that its command line has
    /// set. Throws ConfigError with all that an option does not know or take.
    void apply_to(CLI::App& command) const;

    [[nodiscard]] const std::vector<tidemark::DestinationOptions>& destinations() const noexcept {
        return destinations_;
    }

private:
    struct Entry {
        /// As in the file, for messages: `options.interval`.
        std::string key;
        /// As the command knows it: `--interval`.
        std::string option;
        std::vector<std::string> values;
        bool is_switched_off = false;
        std::uint32_t line = 0;
    };

    class Parser;
    [[nodiscard]] std::string place(std::uint32_t line) const;
    [[nodiscard]] std::string why_not(CLI::App& command, const Entry& entry) const;

    std::string path_;
    std::vector<Entry> entries_;
    std::vector<tidemark::DestinationOptions> destinations_;
};

}  // namespace cli

#include "config_file.hpp"

#include "config_destinations.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

namespace cli {
namespace {

// Sections whose keys are options of the command `run`. In the second one, those that begin with
// `--history`, without that; in the third one, what has no influence on how the database is kept.
constexpr std::array<std::string_view, 3> sections{"options", "history", "run"};

bool is_section(std::string_view name) {
    return std::find(sections.begin(), sections.end(), name) != sections.end();
}

// Options of the command alone belong to it; everything else belongs to the library.
std::string_view home_of(std::string_view option) {
    constexpr std::array<std::string_view, 4> of_the_command{"--sql", "--json", "--quiet",
                                                             "--bail"};
    const bool is_command =
        std::find(of_the_command.begin(), of_the_command.end(), option) != of_the_command.end();
    if (is_command) return "run";
    return option.starts_with("--history") ? "history" : "options";
}

bool names_a_file(std::string_view option) {
    return option == "DB" || option == "--sql" || option == "--destination";
}

std::string option_name(std::string_view section, std::string_view key) {
    std::string name = "--";
    if (section == "history") name += key == "enabled" ? "history" : "history-";
    if (section == "history" && key == "enabled") return name;
    for (const char letter : key) name += letter == '_' ? '-' : letter;
    return name;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    if (file) content << file.rdbuf();
    // A folder can be opened like a file, and then looks like an empty one.
    if (!file || file.bad() || std::filesystem::is_directory(path)) {
        throw ConfigError({fmt::format("{}: the file cannot be read", path)});
    }
    return content.str();
}

}  // namespace

ConfigError::ConfigError(std::vector<std::string> lines)
    : std::runtime_error(fmt::format("{}", fmt::join(lines, "\n"))), lines_(std::move(lines)) {}

// ---- reading ----------------------------------------------------------------------------------

class ConfigFile::Parser {
public:
    explicit Parser(ConfigFile& file) : file_(file) {}

    void parse() {
        read(parse_toml());
        throw_mistakes();
        // Of options that may be repeated, and so that mistakes come in the order of the file.
        std::stable_sort(
            file_.entries_.begin(), file_.entries_.end(),
            [](const Entry& left, const Entry& right) { return left.line < right.line; });
    }

private:
    [[nodiscard]] toml::table parse_toml() const {
        const std::string content = read_file(file_.path_);
        try {
            return toml::parse(std::string_view(content), file_.path_);
        } catch (const toml::parse_error& error) {
            throw ConfigError({fmt::format("{}: {}", file_.place(error.source().begin.line),
                                           error.description())});
        }
    }

    void read(const toml::table& root) {
        for (const auto& [name, node] : root) {
            const std::string_view key = name.str();
            const toml::table* section = node.as_table();
            if (key == "database") {
                add(std::string(key), "DB", node);
            } else if (section != nullptr && is_section(key)) {
                read_section(std::string(key), *section);
            } else if (key == "destinations") {
                file_.destinations_ = read_destinations(
                    node, [this](const std::string& path) { return resolved(path); },
                    [this](const toml::node& at, const std::string& what) { complain(at, what); });
            } else {
                complain(node, fmt::format("'{}' is not known here; there are database, {} and "
                                           "[[destinations]]",
                                           key, fmt::join(bracketed(), ", ")));
            }
        }
    }

    [[nodiscard]] static std::vector<std::string> bracketed() {
        std::vector<std::string> names;
        for (const std::string_view section : sections)
            names.push_back(fmt::format("[{}]", section));
        return names;
    }

    void read_section(const std::string& section, const toml::table& table) {
        for (const auto& [name, node] : table) {
            const std::string option = option_name(section, name.str());
            const std::string_view home = home_of(option);
            if (home != section && home == "run") {
                complain(node, fmt::format("'{}' belongs into [run]", name.str()));
            } else if (home != section && home == "history") {
                complain(node, fmt::format("'{}' belongs into [history], where it has no 'history'",
                                           name.str()));
            } else if (home != section) {
                complain(node, fmt::format("'{}' is no option of [run]; if it is one of "
                                           "tidemark's, it belongs into [options]",
                                           name.str()));
            } else {
                add(section + "." + std::string(name.str()), option, node);
            }
        }
    }

    void add(std::string key, std::string option, const toml::node& node) {
        Entry entry{.key = std::move(key), .option = std::move(option), .line = line_of(node)};
        if (const toml::array* list = node.as_array()) {
            for (const toml::node& element : *list) add_value(entry, element);
        } else if (names_a_file(entry.option) && !node.is_string()) {
            complain(node, fmt::format("{}: it takes the name of a file, as text", entry.key));
        } else {
            add_value(entry, node);
        }
        file_.entries_.push_back(std::move(entry));
    }

    void add_value(Entry& entry, const toml::node& node) {
        if (const auto* text = node.as_string()) {
            entry.values.push_back(names_a_file(entry.option) ? resolved(text->get())
                                                              : text->get());
        } else if (const auto* integer = node.as_integer()) {
            entry.values.push_back(fmt::format("{}", integer->get()));
        } else if (const auto* real = node.as_floating_point()) {
            entry.values.push_back(fmt::format("{}", real->get()));
        } else if (const auto* boolean = node.as_boolean()) {
            entry.is_switched_off = !boolean->get();
            entry.values.emplace_back(boolean->get() ? "true" : "false");
        } else {
            complain(node, fmt::format("{}: it takes text, a number, true or false, not {}",
                                       entry.key, kind_of(node)));
        }
    }

    [[nodiscard]] static const char* kind_of(const toml::node& node) {
        if (node.is_table()) return "a table";
        if (node.is_array()) return "an array in an array";
        return "a date or a time";
    }

    // Relative to the file, wherever the command is started. Standard input stays what it is.
    [[nodiscard]] std::string resolved(const std::string& path) const {
        if (path.empty() || path == "-") return path;
        return (std::filesystem::path(file_.path_).parent_path() / path).string();
    }

    [[nodiscard]] static std::uint32_t line_of(const toml::node& node) {
        return node.source().begin.line;
    }

    void complain(const toml::node& node, const std::string& what) {
        mistakes_.emplace(line_of(node), fmt::format("{}: {}", file_.place(line_of(node)), what));
    }

    void throw_mistakes() {
        if (mistakes_.empty()) return;
        std::vector<std::string> lines;
        for (auto& [line, mistake] : mistakes_) lines.push_back(std::move(mistake));
        throw ConfigError(std::move(lines));
    }

    ConfigFile& file_;
    std::multimap<std::uint32_t, std::string> mistakes_;  // by line
};

ConfigFile::ConfigFile(const std::string& path) : path_(path) { Parser(*this).parse(); }

std::string ConfigFile::place(std::uint32_t line) const {
    return fmt::format("{}:{}", path_, line);
}

// ---- applying ---------------------------------------------------------------------------------

void ConfigFile::apply_to(CLI::App& command) const {
    std::vector<std::string> mistakes;
    for (const Entry& entry : entries_) {
        const std::string reason = why_not(command, entry);
        if (!reason.empty()) {
            mistakes.push_back(fmt::format("{}: {}: {}", place(entry.line), entry.key, reason));
        }
    }
    if (!mistakes.empty()) throw ConfigError(std::move(mistakes));
}

// Gives an option its values. Empty when it takes them, or has some from the command line.
std::string ConfigFile::why_not(CLI::App& command, const Entry& entry) const {
    CLI::Option* option = command.get_option_no_throw(entry.option);
    // Nor is `--help` an option that could stand in a file.
    if (option == nullptr || option == command.get_help_ptr()) return "there is no such option";
    const bool is_set = option->count() > 0;
    if (is_set || entry.values.empty()) return {};
    const bool is_flag = option->get_items_expected_max() == 0;
    const bool is_word = entry.values.size() == 1 &&
                         (entry.values.front() == "true" || entry.values.front() == "false");
    if (is_flag && !is_word) return "it takes true or false";
    if (is_flag && entry.is_switched_off) return {};
    try {
        option->add_result(entry.values);
        option->run_callback();
    } catch (const CLI::Error& error) {
        option->clear();
        // "--interval: '5 parsecs' is no duration": the name is in the message already.
        const std::string message = error.what();
        const std::string prefix = entry.option + ": ";
        return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
    }
    return {};
}

}  // namespace cli

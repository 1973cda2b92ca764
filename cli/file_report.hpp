#pragma once

#include <tidemark/status.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

/// What `tidemark status` and `tidemark verify` share.
namespace cli {

/// What was found in the file, or nothing after saying on standard error why it cannot be read.
[[nodiscard]] std::optional<tidemark::FileReport> inspect_file(const std::string& path,
                                                               tidemark::LoadCheck check);

/// Everything but the tables. Keys keep their order.
[[nodiscard]] nlohmann::ordered_json to_json(const tidemark::FileReport& report);

/// Prints one line of JSON to standard output.
void print_json(const nlohmann::ordered_json& json);

/// Prints "label    text" to standard output.
void print_field(const char* label, const std::string& text);

/// Prints everything but the tables and the problems as such lines.
void print_facts(const tidemark::FileReport& report);

/// Prints what the integrity check found, or that it found nothing.
void print_integrity(const tidemark::FileReport& report);

/// `ok` or `failed`, depending on whether there are problems.
[[nodiscard]] int exit_code_of(const tidemark::FileReport& report);

}  // namespace cli

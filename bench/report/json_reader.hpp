#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bench_report {

/// A value within a JSON document that knows where it stands, so that what is wrong with it can be
/// said: every error is a std::runtime_error which begins with the path, `measures[3].unit`.
/// The document has to outlive it.
class JsonReader {
public:
    explicit JsonReader(const nlohmann::json& document) : value_(&document) {}

    /// The member of this object; an error when there is none, or this is no object.
    [[nodiscard]] JsonReader member(const std::string& name) const;
    /// Nothing when the member is missing or null.
    [[nodiscard]] std::optional<JsonReader> optional_member(const std::string& name) const;
    [[nodiscard]] std::vector<JsonReader> elements() const;
    [[nodiscard]] std::vector<std::pair<std::string, JsonReader>> members() const;

    [[nodiscard]] std::string text() const;
    /// Finite.
    [[nodiscard]] double number() const;
    [[nodiscard]] bool boolean() const;
    /// A text as it is, everything else as JSON writes it.
    [[nodiscard]] std::string as_text() const;

    [[noreturn]] void fail(const std::string& what) const;

private:
    JsonReader(const nlohmann::json& value, std::string path)
        : value_(&value), path_(std::move(path)) {}

    [[nodiscard]] std::string path_of(const std::string& name) const;
    void require(bool is_expected_type, const char* type) const;

    const nlohmann::json* value_;
    std::string path_;
};

}  // namespace bench_report

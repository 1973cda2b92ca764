#include "json_reader.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace bench_report {

JsonReader JsonReader::member(const std::string& name) const {
    require(value_->is_object(), "an object");
    const auto found = value_->find(name);
    if (found == value_->end()) JsonReader{*value_, path_of(name)}.fail("is missing");
    return {*found, path_of(name)};
}

std::optional<JsonReader> JsonReader::optional_member(const std::string& name) const {
    require(value_->is_object(), "an object");
    const auto found = value_->find(name);
    if (found == value_->end() || found->is_null()) return std::nullopt;
    return JsonReader{*found, path_of(name)};
}

std::vector<JsonReader> JsonReader::elements() const {
    require(value_->is_array(), "an array");
    std::vector<JsonReader> elements;
    for (const auto& element : *value_) {
        elements.push_back({element, fmt::format("{}[{}]", path_, elements.size())});
    }
    return elements;
}

std::vector<std::pair<std::string, JsonReader>> JsonReader::members() const {
    require(value_->is_object(), "an object");
    std::vector<std::pair<std::string, JsonReader>> members;
    for (const auto& [name, value] : value_->items()) {
        members.emplace_back(name, JsonReader{value, path_of(name)});
    }
    return members;
}

std::string JsonReader::text() const {
    require(value_->is_string(), "a text");
    return value_->get<std::string>();
}

double JsonReader::number() const {
    require(value_->is_number(), "a number");
    const auto number = value_->get<double>();
    if (!std::isfinite(number)) fail("has to be finite");
    return number;
}

bool JsonReader::boolean() const {
    require(value_->is_boolean(), "true or false");
    return value_->get<bool>();
}

std::string JsonReader::as_text() const {
    return value_->is_string() ? value_->get<std::string>() : value_->dump();
}

void JsonReader::fail(const std::string& what) const {
    throw std::runtime_error(fmt::format("{}: {}", path_.empty() ? "the results" : path_, what));
}

std::string JsonReader::path_of(const std::string& name) const {
    return path_.empty() ? name : fmt::format("{}.{}", path_, name);
}

void JsonReader::require(bool is_expected_type, const char* type) const {
    if (!is_expected_type) fail(fmt::format("has to be {}, and is {}", type, value_->type_name()));
}

}  // namespace bench_report

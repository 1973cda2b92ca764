#include "feed/subjects.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <regex>
#include <stdexcept>
#include <string_view>

namespace tidemark::tests {
namespace {

// Keeps the order of the columns.
using Json = nlohmann::ordered_json;

std::string bytes_of(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return bytes;
}

std::string text_of(const Json& value) {
    if (value.is_null()) return conformance::text(nullptr);
    if (value.is_number_float()) return conformance::text(value.get<double>());
    if (value.is_number()) return conformance::text(value.get<std::int64_t>());
    if (value.is_string()) return conformance::text(std::string_view(value.get<std::string>()));
    return conformance::blob_text(bytes_of(value.at("$blob").get<std::string>()));
}

conformance::Row row_of(const Json& columns) {
    conformance::Row row;
    for (const auto& [name, value] : columns.items()) row.push_back(text_of(value));
    return row;
}

}  // namespace

JsonLinesReader::JsonLinesReader(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);) {
        // The last one may have no end.
        if (file.eof()) break;
        play(line);
    }
}

void JsonLinesReader::play(const std::string& line) {
    const Json json = Json::parse(line);
    const Json& batch = json.at("batch");
    if (json.at("load").get<bool>()) {
        tables_.clear();
    } else {
        ++batches_;
        if (batch.at("previous").get<std::uint64_t>() != mark_) {
            throw std::runtime_error("batch " + std::to_string(mark_) + " is followed by " +
                                     line.substr(0, 200));
        }
    }
    mark_ = json.at("mark").get<std::uint64_t>();
    static const std::regex rename("ALTER TABLE \"(\\w+)\" RENAME TO \"(\\w+)\"");
    for (const Json& statement : batch.at("schema")) {
        const std::string sql = statement.get<std::string>();
        std::smatch names;
        if (!std::regex_match(sql, names, rename)) continue;
        auto table = tables_.extract(names[1].str());
        table.key() = names[2].str();
        tables_.insert(std::move(table));
    }
    for (const Json& change : batch.at("changes")) {
        auto& rows = tables_[change.at("table").get<std::string>()];
        if (change.contains("old")) --rows.at(change.at("old").dump()).second;
        if (!change.contains("new")) continue;
        auto& row = rows[change.at("new").dump()];
        row.first = row_of(change.at("new"));
        ++row.second;
    }
}

std::vector<conformance::Row> JsonLinesReader::rows(const std::string& table) const {
    std::vector<conformance::Row> rows;
    const auto found = tables_.find(table);
    if (found == tables_.end()) return rows;
    for (const auto& [json, row] : found->second) {
        if (row.second < 0)
            throw std::runtime_error("more of this was deleted than inserted: " + json);
        rows.insert(rows.end(), static_cast<std::size_t>(row.second), row.first);
    }
    return rows;
}

}  // namespace tidemark::tests

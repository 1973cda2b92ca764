#include "change/json.hpp"

#include <tidemark/undo.hpp>

#include <string_view>

namespace tidemark {
namespace {

void append_text(std::string& json, std::string_view text) {
    change::append_json(json, {.storage_class = StorageClass::text, .bytes = text});
}

std::string counts_as_json(const TableChanges& table) {
    std::string json = "{\"name\":";
    append_text(json, table.table);
    return json + ",\"inserts\":" + std::to_string(table.inserts) +
           ",\"updates\":" + std::to_string(table.updates) +
           ",\"deletes\":" + std::to_string(table.deletes) + "}";
}

template <typename Items, typename Text>
std::string as_list(const Items& items, Text text) {
    std::string json = "[";
    for (const auto& item : items) json += (json.size() > 1 ? "," : "") + text(item);
    return json + "]";
}

}  // namespace

const char* to_string(UndoConflict::Kind kind) noexcept {
    switch (kind) {
        case UndoConflict::Kind::gone:
            return "gone";
        case UndoConflict::Kind::already_there:
            return "already there";
        case UndoConflict::Kind::differs:
            return "differs";
        case UndoConflict::Kind::constraint:
            return "constraint";
        case UndoConflict::Kind::foreign_key:
            return "foreign key";
        case UndoConflict::Kind::table_changed:
            return "table changed";
    }
    return "unknown";
}

std::string UndoConflict::to_json() const {
    std::string json = std::string("{\"kind\":\"") + to_string(kind) + "\",\"table\":";
    append_text(json, table);
    if (!key.empty()) json += ",\"key\":" + key;
    if (!left.empty()) json += ",\"left\":" + left;
    if (!found.empty()) json += ",\"found\":" + found;
    if (!reason.empty()) {
        json += ",\"reason\":";
        append_text(json, reason);
    }
    return json + "}";
}

std::string UndoReport::to_json() const {
    const auto as_word = [](bool truth) { return std::string(truth ? "true" : "false"); };
    return "{\"batch\":" + std::to_string(batch) + ",\"dry_run\":" + as_word(dry_run) +
           ",\"undone\":" + as_word(possible() && !dry_run) +
           ",\"tables\":" + as_list(tables, counts_as_json) +
           ",\"conflict_count\":" + std::to_string(conflict_count) + ",\"conflicts\":" +
           as_list(conflicts, [](const UndoConflict& it) { return it.to_json(); }) + "}";
}

}  // namespace tidemark

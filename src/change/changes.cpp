#include "change/changes_content.hpp"
#include "change/changeset_maker.hpp"
#include "change/json.hpp"
#include "change/sql_text.hpp"

#include <tidemark/error.hpp>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace tidemark {
namespace {

std::span<const Value> columns_of(std::span<const Value> image, const change::Table& table) {
    return image.empty() ? image : image.last(table.columns.size());
}

std::optional<std::int64_t> rowid_of(std::span<const Value> image, const change::Table& table) {
    if (image.empty() || table.identity != change::Identity::rowid) return std::nullopt;
    return image.front().integer;
}

std::string text_as_json(const std::string& text) {
    std::string json;
    change::append_json(json, {.storage_class = StorageClass::text, .bytes = text});
    return json;
}

std::string format_utc(std::chrono::system_clock::time_point time) {
    using namespace std::chrono;
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<milliseconds>(time - day));
    char text[64];
    std::snprintf(
        text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return text;
}

void append_list(std::string& json, const std::vector<std::string>& texts) {
    json += '[';
    for (std::size_t i = 0; i < texts.size(); ++i) {
        json += (i > 0 ? "," : "") + text_as_json(texts[i]);
    }
    json += ']';
}

}  // namespace

const char* to_string(ChangeKind kind) noexcept {
    switch (kind) {
        case ChangeKind::insert:
            return "INSERT";
        case ChangeKind::update:
            return "UPDATE";
        case ChangeKind::remove:
            return "DELETE";
    }
    return "";
}

// ---- one change -------------------------------------------------------------------------------

struct Change::State {
    explicit State(std::shared_ptr<const Changes::Content> of)
        : content(std::move(of)), reader(content->effects.log, content->tables) {}

    [[nodiscard]] const change::EffectTable& table() const {
        return content->effects.tables[record.table];
    }

    std::shared_ptr<const Changes::Content> content;
    change::LogReader reader;
    change::Record record;
};

Change::Change(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}

ChangeKind Change::kind() const noexcept {
    switch (state_->record.operation) {
        case change::Operation::insert:
            return ChangeKind::insert;
        case change::Operation::update:
            return ChangeKind::update;
        default:
            return ChangeKind::remove;
    }
}

const std::string& Change::table() const noexcept { return state_->table().table.name; }

const std::vector<std::string>& Change::columns() const noexcept {
    return state_->table().table.columns;
}

const std::vector<std::size_t>& Change::key() const noexcept { return state_->table().primary_key; }

std::span<const Value> Change::old_values() const noexcept {
    return columns_of(state_->record.old_values, state_->table().table);
}

std::span<const Value> Change::new_values() const noexcept {
    return columns_of(state_->record.new_values, state_->table().table);
}

std::optional<std::int64_t> Change::old_rowid() const noexcept {
    return rowid_of(state_->record.old_values, state_->table().table);
}

std::optional<std::int64_t> Change::new_rowid() const noexcept {
    return rowid_of(state_->record.new_values, state_->table().table);
}

std::string Change::to_json() const {
    const change::Table& described = state_->table().table;
    std::string json = "{\"table\":" + text_as_json(described.name) + ",\"operation\":\"" +
                       to_string(kind()) + "\"";
    const std::optional<std::int64_t> rowid = old_rowid() ? old_rowid() : new_rowid();
    if (rowid) json += ",\"rowid\":" + std::to_string(*rowid);
    if (old_rowid() && new_rowid() && old_rowid() != new_rowid()) {
        json += ",\"new_rowid\":" + std::to_string(*new_rowid());
    }
    const auto append = [&](const char* name, const std::vector<Value>& image) {
        if (!image.empty()) json += name + change::row_as_json(described, image);
    };
    append(",\"old\":", state_->record.old_values);
    append(",\"new\":", state_->record.new_values);
    return json += '}';
}

std::string Change::to_sql() const {
    const change::Record& record = state_->record;
    return change::row_sql(state_->table().table, record.old_values, record.new_values);
}

std::string Change::to_inverse_sql() const {
    const change::Record& record = state_->record;
    change::Table before = state_->table().table;
    before.name = state_->table().name_before;
    return change::row_sql(before, record.new_values, record.old_values);
}

// ---- all of them ------------------------------------------------------------------------------

Changes::Iterator::Iterator(std::shared_ptr<Change::State> state) : change_(std::move(state)) {
    ++*this;
}

Changes::Iterator& Changes::Iterator::operator++() {
    at_end_ = !change_.state_->reader.next(change_.state_->record);
    return *this;
}

Changes::Changes(std::shared_ptr<const Content> content) noexcept : content_(std::move(content)) {}

Changes::Iterator Changes::begin() const {
    return Iterator(std::make_shared<Change::State>(content_));
}

std::uint64_t Changes::batch() const noexcept { return content_->effects.number; }

std::uint64_t Changes::previous() const noexcept { return content_->effects.previous; }

std::chrono::system_clock::time_point Changes::time() const noexcept { return content_->time; }

std::uint64_t Changes::size() const noexcept { return content_->effects.log.changes(); }

bool Changes::changes_schema() const noexcept { return content_->effects.schema.has_value(); }

std::vector<std::string> Changes::schema_before_rows() const {
    const auto& schema = content_->effects.schema;
    return schema ? change::schema_sql_before_rows(*schema) : std::vector<std::string>();
}

std::vector<std::string> Changes::schema_after_rows() const {
    const auto& schema = content_->effects.schema;
    return schema ? change::schema_sql_after_rows(*schema) : std::vector<std::string>();
}

std::string Changes::to_json() const {
    std::string json = "{\"batch\":" + std::to_string(batch()) +
                       ",\"previous\":" + std::to_string(previous()) + ",\"time\":\"" +
                       format_utc(time()) + "\",\"schema\":";
    std::vector<std::string> schema = schema_before_rows();
    for (std::string& statement : schema_after_rows()) schema.push_back(std::move(statement));
    append_list(json, schema);
    json += ",\"changes\":[";
    bool is_first = true;
    for (const Change& change : *this) {
        json += (is_first ? "" : ",") + change.to_json();
        is_first = false;
    }
    return json += "]}";
}

namespace {

std::string as_script(const std::vector<std::string>& statements) {
    std::string script = "BEGIN;\n";
    for (const std::string& statement : statements) {
        if (!statement.empty()) script += statement + ";\n";
    }
    return script += "COMMIT;\n";
}

std::string header_sql(const change::Header& from, const change::Header& to) {
    std::string sql;
    if (from.user_version != to.user_version) {
        sql += "PRAGMA user_version = " + std::to_string(to.user_version);
    }
    if (from.application_id != to.application_id) {
        sql += sql.empty() ? "" : ";\n";
        sql += "PRAGMA application_id = " + std::to_string(to.application_id);
    }
    return sql;
}

}  // namespace

std::string Changes::to_sql() const {
    std::vector<std::string> statements = schema_before_rows();
    for (Iterator it = begin(); it != end(); ++it) {
        const auto side = it->state_->table().side;
        // They go with their table.
        if (side != change::EffectTable::Side::before) statements.push_back(it->to_sql());
    }
    for (std::string& statement : schema_after_rows()) statements.push_back(std::move(statement));
    statements.push_back(
        header_sql(content_->effects.header_before, content_->effects.header_after));
    return as_script(statements);
}

std::string Changes::to_inverse_sql() const {
    if (changes_schema()) {
        throw Error({.operation = "write the inverse of batch " + std::to_string(batch()),
                     .reason = "the schema changes with it",
                     .advice = "restore the database as it was before that batch"});
    }
    std::vector<std::string> statements{
        header_sql(content_->effects.header_after, content_->effects.header_before)};
    for (const Change& change : *this) statements.push_back(change.to_inverse_sql());
    std::reverse(statements.begin(), statements.end());
    return as_script(statements);
}

Changeset Changes::to_changeset() const { return change::make_changeset(content_->effects); }

}  // namespace tidemark

#include "feed/ruled_table.hpp"

#include "change/described_table.hpp"
#include "change/table_sql.hpp"
#include "feed/column_rule.hpp"
#include "sqlite/error.hpp"
#include "sqlite/names.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::feed {
namespace {

using change::Identity;
using change::SchemaObject;

constexpr const char* evaluating = "evaluate the rule of a destination";

// What is in the table has passed all its constraints, or is not to be asked about them.
sqlite::Connection open_scratch(const RuledTable::Prepare& prepare) {
    sqlite::Connection scratch = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    sqlite::execute(scratch.get(),
                    "PRAGMA journal_mode = OFF; PRAGMA foreign_keys = OFF;"
                    "PRAGMA ignore_check_constraints = ON",
                    evaluating);
    if (prepare) prepare(scratch.get());
    return scratch;
}

bool has(const std::vector<std::string>& names, const char* wanted) {
    return std::any_of(names.begin(), names.end(), [wanted](const std::string& name) {
        return sqlite::same_name(name, wanted);
    });
}

}  // namespace

OwnRow::OwnRow(std::span<const Value> values) : values_(values.begin(), values.end()) {
    for (const Value& value : values_) {
        bytes_.insert(bytes_.end(), value.bytes.begin(), value.bytes.end());
    }
    const char* bytes = bytes_.data();
    for (Value& value : values_) {
        value.bytes = {bytes, value.bytes.size()};
        bytes += value.bytes.size();
    }
}

// ---- compiling --------------------------------------------------------------------------------

RuledTable::RuledTable(const TableRule& rule, const SchemaObject& table, const Objects& indexes,
                       const Prepare& prepare)
    : rule_(rule), scratch_(open_scratch(prepare)) {
    if (!table.has_content || !table.sql) {
        refuse("table", "it is a virtual table or one of SQLite's own, which can only be excluded");
    }
    // They decide which rows displace others; of a choice of columns there are none.
    create(scratch_.get(), table, rule.columns.empty() ? indexes : Objects());
    std::optional<sqlite::TableInfo> info = sqlite::read_table(scratch_.get(), table.name);
    if (!info) refuse("table", "it cannot be read");
    info_ = *std::move(info);
    in_ = change::describe_for_effects(info_);
    out_ = in_;
    if (!rule.rename.empty()) out_.table.name = rule.rename;
    out_.name_before = out_.table.name;
    if (!rule.when.empty()) require_expression(rule.when);
    if (!rule.columns.empty()) choose_columns();
    make_objects(table, indexes, prepare);
    prepare_statements();
}

void RuledTable::refuse(const std::string& what, const std::string& reason) const {
    throw Error({.operation = "use the rule of a destination for",
                 .object = "table " + rule_.table,
                 .reason = what + ": " + reason,
                 .advice = "change the rule"});
}

void RuledTable::attempt(sqlite3* connection, const std::string& sql,
                         const std::string& what) const {
    try {
        sqlite::execute(connection, sql, evaluating);
    } catch (const Error& error) {
        refuse(what, error.reason());
    }
}

void RuledTable::create(sqlite3* connection, const SchemaObject& table,
                        const Objects& indexes) const {
    attempt(connection, *table.sql, "table");
    for (const SchemaObject& index : indexes) {
        if (index.sql) attempt(connection, *index.sql, "index " + index.name);
    }
}

void RuledTable::require_expression(const std::string& expression) const {
    const std::string table = "main." + sqlite::quoted(info_.name);
    try {
        // Without parentheses and within: what closes them early is no expression, nor are two.
        const sqlite::Statement bare(scratch_.get(), "SELECT\n" + expression + "\nFROM " + table);
        if (bare.column_count() != 1) refuse(expression, "it is more than one column");
        const sqlite::Statement enclosed(scratch_.get(),
                                         "SELECT (\n" + expression + "\n) FROM " + table);
    } catch (const Error& error) {
        refuse(expression, error.reason());
    }
    // In an index SQLite takes no subquery, no aggregate, and nothing that does not always come to the
    // same. By itself a text would be the name of a column there.
    attempt(scratch_.get(),
            "CREATE INDEX main._tidemark_rule ON " + sqlite::quoted(info_.name) + "(ifnull((\n" +
                expression + "\n), NULL))",
            expression);
    attempt(scratch_.get(), "DROP INDEX main._tidemark_rule", expression);
}

void RuledTable::choose_columns() {
    read_columns();
    change::Table& table = out_.table;
    table.columns.clear();
    table.key_columns.clear();
    table.unique_places.clear();
    for (const Column& column : columns_) table.columns.push_back(column.name);
    if (in_.table.identity == Identity::primary_key) {
        identify_by_key();
    } else {
        table.displaces_others = false;
        identify_by_rowid();
    }
    name_primary_key();
    find_places();
}

void RuledTable::read_columns() {
    for (const std::string& text : rule_.columns) columns_.push_back(read_column(text));
    sqlite::NameSet names;
    for (const Column& column : columns_) {
        if (!names.insert(column.name).second) {
            refuse(column.expression, "there are two columns of the name " + column.name);
        }
    }
}

RuledTable::Column RuledTable::read_column(const std::string& text) const {
    const ColumnRule rule = parse_column_rule(text);
    const std::optional<std::string> identifier = as_identifier(rule.expression);
    Column column{.expression = rule.expression, .name = rule.name, .source = std::nullopt};
    if (column.name.empty()) column.name = identifier.value_or("");
    const std::vector<std::string>& stored = in_.table.columns;
    for (std::size_t i = 0; identifier && i < stored.size(); ++i) {
        if (sqlite::same_name(stored[i], *identifier)) column.source = i;
    }
    if (column.source) return column;
    require_expression(rule.expression);
    if (column.name.empty()) refuse(text, "it has no name; write it as \"" + text + " AS name\"");
    return column;
}

// ---- what the table is at the destination -----------------------------------------------------

std::optional<std::size_t> RuledTable::place_of(std::size_t source) const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].source == source) return i;
    }
    return std::nullopt;
}

// A key that is not among the columns goes on being the rowid.
void RuledTable::identify_by_rowid() {
    change::Table& table = out_.table;
    if (table.identity == Identity::none) return;
    if (in_.table.identity == Identity::integer_key) {
        if (const auto place = place_of(in_.table.key_columns.front())) {
            table.key_columns = {*place};
            return;
        }
    }
    table.identity = Identity::rowid;
    for (const char* name : {"rowid", "_rowid_", "oid"}) {
        table.rowid_name = name;
        if (!has(table.columns, name)) return;
    }
    refuse("columns", "rowid, oid and _rowid_ are all names of columns: leave one of them");
}

void RuledTable::identify_by_key() {
    for (const std::size_t source : in_.table.key_columns) {
        const auto place = place_of(source);
        if (!place) {
            refuse("columns", "the table has no rowid, and column " + in_.table.columns[source] +
                                  " of its key is not among them");
        }
        out_.table.key_columns.push_back(*place);
    }
}

void RuledTable::name_primary_key() {
    out_.primary_key.clear();
    for (const std::size_t source : in_.primary_key) {
        const auto place = place_of(source);
        if (!place) return out_.primary_key.clear();
        out_.primary_key.push_back(*place);
    }
}

void RuledTable::find_places() {
    const bool has_hidden = in_.table.identity == Identity::rowid;
    if (out_.table.identity == Identity::rowid) {
        places_.push_back(
            {.is_evaluated = false, .place = has_hidden ? 0 : in_.table.key_columns.front()});
    }
    std::size_t evaluated = 0;
    for (const Column& column : columns_) {
        if (column.source) {
            places_.push_back(
                {.is_evaluated = false, .place = *column.source + (has_hidden ? 1U : 0U)});
        } else {
            places_.push_back({.is_evaluated = true, .place = evaluated++});
        }
    }
}

std::string RuledTable::collation_of(std::size_t source) const {
    const char* collation = nullptr;
    sqlite3_table_column_metadata(scratch_.get(), "main", info_.name.c_str(),
                                  in_.table.columns[source].c_str(), nullptr, &collation, nullptr,
                                  nullptr, nullptr);
    const std::string name = collation != nullptr ? collation : "BINARY";
    return sqlite::same_name(name, "BINARY") ? "" : " COLLATE " + sqlite::quoted(name);
}

// The values have passed the type; in a table that is not STRICT, ANY would be another one.
std::string RuledTable::declaration_of(std::size_t column) const {
    const std::optional<std::size_t> source = columns_[column].source;
    std::string sql = sqlite::quoted(columns_[column].name);
    if (!source) return sql;
    const change::Table& table = out_.table;
    if (table.identity == Identity::integer_key && table.key_columns.front() == column) {
        return sql + " INTEGER PRIMARY KEY";
    }
    for (const sqlite::ColumnInfo& info : info_.columns) {
        if (info.name != in_.table.columns[*source]) continue;
        const bool is_any = info_.strict && sqlite::same_name(info.declared_type, "any");
        if (!info.declared_type.empty() && !is_any) sql += " " + info.declared_type;
    }
    return sql + collation_of(*source);
}

std::string RuledTable::create_sql() const {
    const change::Table& table = out_.table;
    std::string sql = "CREATE TABLE " + sqlite::quoted(table.name) + "(";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        sql += (i > 0 ? ", " : "") + declaration_of(i);
    }
    if (table.identity != Identity::primary_key) return sql + ")";
    sql += ", PRIMARY KEY(";
    for (std::size_t i = 0; i < table.key_columns.size(); ++i) {
        sql += (i > 0 ? ", " : "") + sqlite::quoted(table.columns[table.key_columns[i]]) +
               " COLLATE " + sqlite::quoted(table.key_collations[i]);
    }
    return sql + ")) WITHOUT ROWID";
}

// Renamed by SQLite, which knows where the name stands in the text.
void RuledTable::make_objects(const SchemaObject& table, const Objects& indexes,
                              const Prepare& prepare) {
    const sqlite::Connection model = open_scratch(prepare);
    if (!rule_.columns.empty()) {
        attempt(model.get(), create_sql(), "columns");
    } else {
        create(model.get(), table, indexes);
        if (!rule_.rename.empty()) {
            attempt(model.get(),
                    "ALTER TABLE main." + sqlite::quoted(info_.name) + " RENAME TO " +
                        sqlite::quoted(rule_.rename),
                    "rename");
        }
    }
    objects_ = change::read_schema_objects(model.get());
    std::erase_if(objects_,
                  [](const SchemaObject& object) { return object.name == change::sequence_table; });
}

// ---- evaluating -------------------------------------------------------------------------------

void RuledTable::prepare_statements() {
    std::string select = "SELECT 1";
    for (const Column& column : columns_) {
        if (!column.source) select += ", (\n" + column.expression + "\n)";
    }
    if (select == "SELECT 1" && rule_.when.empty()) return;
    const std::string table = "main." + sqlite::quoted(info_.name);
    select += " FROM " + table;
    if (!rule_.when.empty()) select += " WHERE (\n" + rule_.when + "\n)";
    std::string names;
    std::string parameters;
    for (std::size_t i = 0; i < in_.table.image_size(); ++i) {
        names += (i > 0 ? ", " : "") + change::value_name(in_.table, i);
        parameters += i > 0 ? ", ?" : "?";
    }
    const std::string insert =
        "INSERT INTO " + table + "(" + names + ") VALUES(" + parameters + ")";
    delete_ = sqlite::Statement(scratch_.get(), "DELETE FROM " + table, SQLITE_PREPARE_PERSISTENT);
    insert_ = sqlite::Statement(scratch_.get(), insert, SQLITE_PREPARE_PERSISTENT);
    select_ = sqlite::Statement(scratch_.get(), select, SQLITE_PREPARE_PERSISTENT);
}

bool RuledTable::find_row(std::span<const Value> image) {
    if (!select_) return true;
    select_.reset();
    delete_.run();
    for (std::size_t i = 0; i < image.size(); ++i) {
        sqlite::check(scratch_.get(),
                      change::bind_value(insert_.get(), static_cast<int>(i) + 1, image[i]),
                      evaluating);
    }
    insert_.run();
    return select_.step();
}

bool RuledTable::call_function(std::vector<Value>& values) const {
    const std::vector<Value> before = values;
    const std::size_t hidden = values.size() - out_.table.columns.size();
    if (!rule_.row(std::span(values).subspan(hidden))) return false;
    if (out_.table.identity == Identity::none) return true;
    for (const std::size_t key : out_.table.key_places()) {
        if (!change::identical(before[key], values[key])) {
            refuse("its function", "it has given a row another key");
        }
    }
    return true;
}

std::optional<OwnRow> RuledTable::evaluate(std::span<const Value> image) {
    if (!find_row(image)) return std::nullopt;
    std::vector<Value> values;
    if (rule_.columns.empty()) values.assign(image.begin(), image.end());
    for (const Place& place : places_) {
        // What is evaluated stands behind the 1.
        const int column = static_cast<int>(place.place) + 1;
        values.push_back(place.is_evaluated ? change::read_value(select_.value(column), false)
                                            : image[place.place]);
    }
    if (rule_.row && !call_function(values)) return std::nullopt;
    return OwnRow(values);
}

}  // namespace tidemark::feed

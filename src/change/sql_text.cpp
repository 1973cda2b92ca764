#include "change/sql_text.hpp"

#include "change/json.hpp"
#include "change/table_sql.hpp"
#include "change/utf.hpp"
#include "sqlite/connection.hpp"

#include <algorithm>
#include <string_view>

namespace tidemark::change {
namespace {

void append_hex_literal(std::string& sql, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    sql += "x'";
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        sql += digits[byte >> 4U];
        sql += digits[byte & 0xfU];
    }
    sql += '\'';
}

// A NUL would end the literal. The CAST takes the bytes for text in the encoding of the database.
void append_text(std::string& sql, std::string_view bytes) {
    if (is_utf8(bytes) && bytes.find('\0') == std::string_view::npos) {
        sql += sqlite::literal(bytes);
        return;
    }
    sql += "CAST(";
    append_hex_literal(sql, bytes);
    sql += " AS TEXT)";
}

void append_condition(std::string& sql, const Table& table, std::span<const Value> image) {
    const std::vector<std::size_t> places = table.key_places();
    for (std::size_t i = 0; i < places.size(); ++i) {
        sql += (i == 0 ? " WHERE " : " AND ") + value_name(table, places[i]) + " IS ";
        append_sql(sql, image[places[i]]);
        if (!table.key_collations.empty() && table.key_collations[i] != "BINARY") {
            sql += " COLLATE " + sqlite::quoted(table.key_collations[i]);
        }
    }
}

std::string insert_sql(const Table& table, std::span<const Value> image) {
    std::string names;
    std::string values;
    for (std::size_t i = 0; i < image.size(); ++i) {
        names += (i > 0 ? ", " : "") + value_name(table, i);
        if (i > 0) values += ", ";
        append_sql(values, image[i]);
    }
    return "INSERT INTO " + sqlite::quoted(table.name) + "(" + names + ") VALUES(" + values + ")";
}

std::string update_sql(const Table& table, std::span<const Value> from, std::span<const Value> to) {
    std::string sql = "UPDATE " + sqlite::quoted(table.name) + " SET ";
    bool is_first = true;
    for (std::size_t i = 0; i < to.size(); ++i) {
        if (identical(from[i], to[i])) continue;
        sql += (is_first ? "" : ", ") + value_name(table, i) + " = ";
        append_sql(sql, to[i]);
        is_first = false;
    }
    append_condition(sql, table, from);
    return sql;
}

bool is_made_by_sqlite(const SchemaObject& object) {
    return !object.sql || object.name.starts_with("sqlite_");
}

// Their names begin with that of the virtual table, which makes and drops them itself.
bool is_shadow(const SchemaObject& object, const std::vector<SchemaObject>& all) {
    return std::any_of(all.begin(), all.end(), [&object](const SchemaObject& other) {
        const bool is_virtual = other.type == "table" && !other.has_content;
        return is_virtual && object.type == "table" && object.has_content &&
               object.name.starts_with(other.name + "_");
    });
}

bool stands_unchanged(const SchemaObject& object, const std::vector<SchemaObject>& others) {
    return std::any_of(others.begin(), others.end(), [&object](const SchemaObject& other) {
        return other.type == object.type && other.name == object.name &&
               other.table == object.table && other.sql == object.sql;
    });
}

std::string keyword(const std::string& type) {
    std::string upper = type;
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char letter) {
        return static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
    });
    return upper;
}

bool goes_on(const SchemaObject& object) { return object.has_content && object.origin; }

void append_drops(std::vector<std::string>& statements, const SchemaEffect& schema,
                  const char* type) {
    for (const SchemaObject& object : schema.before) {
        if (object.type != type || is_made_by_sqlite(object) || goes_on(object)) continue;
        if (is_shadow(object, schema.before)) continue;
        const bool is_text = !object.has_content;
        if (is_text && stands_unchanged(object, schema.after)) continue;
        statements.push_back("DROP " + keyword(object.type) + " " + sqlite::quoted(object.name));
    }
}

void append_creates(std::vector<std::string>& statements, const SchemaEffect& schema,
                    const char* type) {
    for (const SchemaObject& object : schema.after) {
        if (object.type != type || is_made_by_sqlite(object) || goes_on(object)) continue;
        if (is_shadow(object, schema.after)) continue;
        const bool is_text = !object.has_content;
        if (is_text && stands_unchanged(object, schema.before)) continue;
        statements.push_back(*object.sql);
    }
}

}  // namespace

void append_sql(std::string& sql, const Value& value) {
    switch (value.storage_class) {
        case StorageClass::null:
            sql += "NULL";
            return;
        case StorageClass::integer:
        case StorageClass::real:
            return append_json(sql, value);
        case StorageClass::text:
            return append_text(sql, value.bytes);
        case StorageClass::text_utf16: {
            std::string utf8;
            const bool can_be_said =
                append_utf16_as_utf8(utf8, value.bytes) && utf8.find('\0') == std::string::npos;
            if (can_be_said) {
                sql += sqlite::literal(utf8);
                return;
            }
            sql += "CAST(";
            append_hex_literal(sql, value.bytes);
            sql += " AS TEXT)";
            return;
        }
        case StorageClass::blob:
            return append_hex_literal(sql, value.bytes);
    }
}

std::string row_sql(const Table& table, std::span<const Value> from, std::span<const Value> to) {
    if (from.empty()) return insert_sql(table, to);
    if (table.identity == Identity::none) return {};
    if (!to.empty()) return update_sql(table, from, to);
    std::string sql = "DELETE FROM " + sqlite::quoted(table.name);
    append_condition(sql, table, from);
    return sql;
}

std::vector<std::string> schema_sql_before_rows(const SchemaEffect& schema) {
    std::vector<std::string> statements;
    for (const char* type : {"trigger", "view", "index", "table"}) {
        append_drops(statements, schema, type);
    }
    for (const SchemaObject& object : schema.after) {
        const bool is_renamed =
            object.type == "table" && goes_on(object) && *object.origin != object.name;
        if (!is_renamed || is_made_by_sqlite(object)) continue;
        statements.push_back("ALTER TABLE " + sqlite::quoted(*object.origin) + " RENAME TO " +
                             sqlite::quoted(object.name));
    }
    append_creates(statements, schema, "table");
    return statements;
}

std::vector<std::string> schema_sql_after_rows(const SchemaEffect& schema) {
    std::vector<std::string> statements;
    for (const char* type : {"index", "view", "trigger"}) {
        append_creates(statements, schema, type);
    }
    return statements;
}

}  // namespace tidemark::change

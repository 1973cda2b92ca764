#pragma once

/// What the generator knows of the database: read from the plain one, never guessed.

#include <string>
#include <vector>

struct sqlite3;

namespace tidemark::fuzz {

enum class TableKind { ordinary, view, full_text, rtree };

struct Column {
    std::string name{};  // as it stands in SQL, quoted where it has to be
    std::string type{};  // upper case
    bool generated = false;
    bool in_key = false;
    bool rowid_alias = false;
};

struct TableModel {
    std::string name{};  // with schema, quoted
    std::string plain_name{};
    std::string schema{};
    TableKind kind = TableKind::ordinary;
    bool without_rowid = false;
    bool strict = false;
    std::string rowid{};  // a name for it; empty when there is none
    std::vector<Column> columns{};
    std::string sql{};
    /// Makes UPDATE and DELETE meet the rows in the order of the key: " NOT INDEXED", or the index of
    /// a WITHOUT ROWID table's key, where NOT INDEXED has no effect.
    std::string in_key_order{};
    long rows = 0;

    /// Columns that can be written.
    [[nodiscard]] std::vector<Column> writable() const;
    [[nodiscard]] std::vector<Column> key() const;
};

struct Named {
    std::string schema{};
    std::string name{};
    std::string table{};
};

struct Model {
    std::vector<TableModel> tables{};  // of all schemas, views and virtual tables included
    std::vector<Named> indexes{};
    std::vector<Named> triggers{};
    std::vector<std::string> attached{};

    [[nodiscard]] bool has_temp_namesake(const std::string& table) const;
    /// Whether a table of main with this name has an index that CREATE INDEX made.
    [[nodiscard]] bool has_indexes(const std::string& table) const;
};

[[nodiscard]] Model read_model(sqlite3* db);
/// Again: the model is of the same schema.
void count_rows(sqlite3* db, Model& model);
/// Whether main has a table whose columns take all three names of the rowid.
[[nodiscard]] bool has_unnamed_rowid(const Model& model);
/// Changes when `read_model` may give something else.
[[nodiscard]] std::string model_version(sqlite3* db);

}  // namespace tidemark::fuzz

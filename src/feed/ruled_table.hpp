#pragma once

#include "change/effects.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/table_info.hpp"

#include <tidemark/rules.hpp>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidemark::feed {

/// A row that holds its own bytes.
class OwnRow {
public:
    explicit OwnRow(std::span<const Value> values);
    OwnRow(OwnRow&&) noexcept = default;
    OwnRow& operator=(OwnRow&&) noexcept = default;
    OwnRow(const OwnRow&) = delete;
    OwnRow& operator=(const OwnRow&) = delete;

    [[nodiscard]] std::span<const Value> values() const noexcept { return values_; }

private:
    std::vector<Value> values_;
    // Moving it leaves them where they are.
    std::vector<char> bytes_;
};

/// One rule on the table that it is about, as that is declared at the moment: what its rows are at the
/// destination. Evaluated in a private RAM database that has just this table, in which there is one row
/// at a time; so types, collations and generated columns are the table's. Used by one thread.
class RuledTable {
public:
    using Prepare = std::function<void(sqlite3*)>;
    using Objects = std::vector<change::SchemaObject>;

    /// `table` is its row of `sqlite_schema`, `indexes` are those on it. `rule` must outlive this. Throws
    /// Error, with SQLite's message, when the rule does not fit it.
    RuledTable(const TableRule& rule, const change::SchemaObject& table, const Objects& indexes,
               const Prepare& prepare);

    /// As effects name it, at the destination.
    [[nodiscard]] const change::EffectTable& table() const noexcept { return out_; }
    /// What it is there: itself and its indexes, without origins.
    [[nodiscard]] const Objects& objects() const noexcept { return objects_; }

    /// The image of a row at the destination; nothing when it is not there. Throws Error, and what the
    /// rule's function throws.
    [[nodiscard]] std::optional<OwnRow> evaluate(std::span<const Value> image);

private:
    /// A column of the destination.
    struct Column {
        std::string expression;
        std::string name;
        /// The stored column that it is and nothing else, in the order of these.
        std::optional<std::size_t> source;
    };
    /// Where a value of an image at the destination comes from.
    struct Place {
        bool is_evaluated = false;
        /// In the image, or in what the statement returns.
        std::size_t place = 0;
    };

    void create(sqlite3* connection, const change::SchemaObject& table,
                const Objects& indexes) const;
    void read_columns();
    [[nodiscard]] Column read_column(const std::string& text) const;
    void require_expression(const std::string& expression) const;
    void choose_columns();
    void identify_by_rowid();
    void identify_by_key();
    void name_primary_key();
    void find_places();
    [[nodiscard]] std::optional<std::size_t> place_of(std::size_t source) const;
    [[nodiscard]] std::string create_sql() const;
    [[nodiscard]] std::string declaration_of(std::size_t column) const;
    [[nodiscard]] std::string collation_of(std::size_t source) const;
    void make_objects(const change::SchemaObject& table, const Objects& indexes,
                      const Prepare& prepare);
    void prepare_statements();
    [[nodiscard]] bool find_row(std::span<const Value> image);
    [[nodiscard]] bool call_function(std::vector<Value>& values) const;
    void attempt(sqlite3* connection, const std::string& sql, const std::string& what) const;
    [[noreturn]] void refuse(const std::string& what, const std::string& reason) const;

    const TableRule& rule_;
    sqlite::Connection scratch_;
    sqlite::TableInfo info_;
    change::EffectTable in_;
    change::EffectTable out_;
    std::vector<Column> columns_;
    std::vector<Place> places_;
    Objects objects_;
    sqlite::Statement delete_;
    sqlite::Statement insert_;
    sqlite::Statement select_;
};

}  // namespace tidemark::feed

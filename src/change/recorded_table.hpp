#pragma once

#include "change/effects.hpp"
#include "sqlite/preupdate.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/table_info.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tidemark::change {

/// Reads the images of rows of one table inside a preupdate hook, where something names them.
class RecordedTable {
public:
    explicit RecordedTable(const sqlite::TableInfo& info);
    /// One of SQLite's own tables.
    explicit RecordedTable(EffectTable table);

    [[nodiscard]] const EffectTable& table() const noexcept { return table_; }

    /// Valid until the next call, until `release`, and until the hook returns. Throws Error.
    [[nodiscard]] const std::vector<Value>& old_image(const sqlite::RowChange& change, bool utf16);
    [[nodiscard]] const std::vector<Value>& new_image(const sqlite::RowChange& change, bool utf16);

    void release() noexcept {
        if (select_) select_.reset();
    }

    /// Its place in the effects of a transaction, as the recorder knows it.
    std::uint64_t transaction = 0;
    TableId id = 0;

private:
    struct Column {
        int in_table = 0;
        /// As the hook counts it.
        int in_row = 0;
        bool is_real = false;
        bool is_rowid = false;
        bool has_default = false;
    };

    [[nodiscard]] bool has_rowid() const noexcept {
        return table_.table.identity != Identity::primary_key;
    }
    [[nodiscard]] int place_of(const Column& column, bool is_updated_row) const noexcept;
    void begin_image(std::vector<Value>& image, std::int64_t rowid) const;
    void read_by_statement(const sqlite::RowChange& change, bool utf16);

    EffectTable table_;
    std::vector<Column> columns_;
    bool old_is_unreliable_ = false;
    std::vector<Value> old_;
    std::vector<Value> new_;
    sqlite::Statement select_;
};

}  // namespace tidemark::change

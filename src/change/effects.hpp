#pragma once

#include "change/change_log.hpp"
#include "change/schema_step.hpp"
#include "change/table.hpp"
#include "change/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::change {

/// A table in which a batch has changed rows.
struct EffectTable {
    Table table;
    /// Indexes in `table.columns` of the declared PRIMARY KEY, in key order; empty without one.
    std::vector<std::size_t> primary_key;

    /// When the batch changes the schema: where the table is, before and after. One that is only on
    /// one side was dropped or created, or its columns are other ones: then it stands here twice, with
    /// all its rows deleted and inserted.
    enum class Side : std::uint8_t { both, before, after };
    Side side = Side::both;
    /// Its name before the batch.
    std::string name_before;

    std::uint64_t inserts = 0;
    std::uint64_t updates = 0;
    std::uint64_t deletes = 0;

    friend bool operator==(const EffectTable&, const EffectTable&) = default;
};

/// What a batch does to the schema, in both directions. `after` says from what each object comes, and
/// `before` what becomes of it; nothing when it is made anew.
struct SchemaEffect {
    std::vector<SchemaObject> before;
    std::vector<SchemaObject> after;

    friend bool operator==(const SchemaEffect&, const SchemaEffect&) = default;
};

/// The values of the header of a database.
struct Header {
    std::int32_t user_version = 0;
    std::int32_t application_id = 0;

    friend bool operator==(const Header&, const Header&) = default;
};

/// What a batch did to the disk database, row by row: each row that was inserted, updated or deleted,
/// in order, with its old and its new image, also rows that a REPLACE deleted. The same whatever
/// strategy captured it.
///
/// Applied forward, in order, they make what was before the batch what was after it, and backward the
/// other way round (`change/replay.hpp`).
struct Effects {
    /// Of the batch, and of the one before it in this database.
    std::uint64_t number = 0;
    std::uint64_t previous = 0;
    /// Somebody else has written to the database before this batch: what was changed then is in none.
    bool after_foreign_writes = false;

    Header header_before;
    Header header_after;
    std::optional<SchemaEffect> schema;
    std::vector<EffectTable> tables;
    /// Inserts, updates and removes; the table ids are places in `tables`. All of the rows of a table
    /// that is there before only come first.
    ChangeLog log;

    [[nodiscard]] bool empty() const noexcept {
        return log.empty() && !schema && header_before == header_after;
    }
};

/// The tables alone, as readers of the log want them.
[[nodiscard]] TableList table_list(const std::vector<EffectTable>& tables);

}  // namespace tidemark::change

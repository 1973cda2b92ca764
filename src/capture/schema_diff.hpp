#pragma once

#include "capture/schema_snapshot.hpp"
#include "change/schema_step.hpp"
#include "sqlite/names.hpp"
#include "sqlite/table_info.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::capture {

/// The main schema at a boundary, as text and as what SQLite makes of it.
struct SchemaState {
    SchemaSnapshot rows;
    /// Ordinary and shadow tables, by name.
    sqlite::NameMap<sqlite::TableInfo> tables;
};

/// What is known of the statements between two boundaries besides their outcome.
struct SchemaEvidence {
    /// By how much `PRAGMA schema_version` has grown: every statement that changes the schema adds
    /// one (CREATE VIRTUAL TABLE one more for each shadow table).
    std::int64_t versions = 0;
    /// SQLite has read the TEMP schema again. ALTER TABLE and VACUUM make it do so, and so does a
    /// schema change that is rolled back; CREATE and DROP do not.
    bool read_again = true;
    /// Tables on which the capture has triggers: the name of each until now, and the one that its
    /// triggers bear now; nothing when they are gone, which is to say that it was dropped. (A name
    /// may be empty.)
    sqlite::NameMap<std::optional<std::string>> watched;
};

/// What has become of a table.
struct TableFate {
    /// Its name now; nothing when it is gone.
    std::optional<std::string> name;
    /// Nothing has changed on which the replay of its captured changes depends: neither its text
    /// nor its name, its UNIQUE indexes, its triggers.
    bool same = false;
};

struct SchemaDiff {
    change::SchemaStep step;
    /// Whether `step` says anything new.
    bool changed = false;
    /// Of each ordinary and shadow table, by the name that it has had until now.
    sqlite::NameMap<TableFate> fates;
    /// By their names now: tables that are new or may have other rows without any row change that
    /// could be captured.
    std::vector<std::string> made_anew;
    /// Statements that have left no trace: a UNIQUE index may have come and gone, through which
    /// REPLACE has deleted rows, or a virtual table may have been made anew.
    std::int64_t statements_without_trace = 0;
};

/// Tells what statements have done to the schema between two boundaries; empty when that cannot be
/// told for certain, and only a copy of everything is right.
///
/// **Why it can be told.** SQLite says nowhere which tables a statement has changed, but it counts:
/// each statement adds one to the schema version. So if the visible differences need as many
/// statements as there were, there was no other one; what a difference is counted for must never be
/// more than it needs. That settles ALTER TABLE and VACUUM, the two that may write rows anew without
/// leaving a trace in the schema: DROP COLUMN and ADD COLUMN, two statements; VACUUM, one, which
/// gives new rowids to tables that have no key and no index. When SQLite has not read the TEMP schema
/// again there was neither, and a DROP and CREATE of the same text shows by the loss of our triggers.
///
/// What it cannot tell: edits of sqlite_schema (`PRAGMA writable_schema`) are no statements that
/// count. An edit of a text is followed by a copy; rows of sqlite_schema that were removed or added
/// by hand, together with other statements between the same two boundaries, may be taken for these.
[[nodiscard]] std::optional<SchemaDiff> diff_schema(const SchemaState& before,
                                                    const SchemaState& after,
                                                    const SchemaEvidence& evidence);

}  // namespace tidemark::capture

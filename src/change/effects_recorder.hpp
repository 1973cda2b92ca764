#pragma once

#include "change/effects_builder.hpp"
#include "change/recorded_table.hpp"
#include "sqlite/names.hpp"
#include "sqlite/preupdate.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::change {

/// Records what a batch does to a database while it is applied, transaction by transaction. It hears
/// of rows by SQLite's preupdate hook, which it occupies, and looks itself after what that does not
/// tell: the rows of tables that are dropped or altered, `sqlite_sequence`, the header.
///
/// Costs about as much as reading each changed row once.
class EffectsRecorder {
public:
    /// A moment to which what follows can be taken back.
    struct Mark {
        EffectsBuilder::Mark effects;
        std::size_t wholes = 0;
    };

    explicit EffectsRecorder(sqlite3* connection);

    /// In a transaction, before anything is written. What was recorded before is forgotten.
    void begin(std::uint64_t number, std::uint64_t previous);
    /// Before the schema is changed, and after it was but for new indexes.
    void begin_step(const SchemaStep& step);
    void step_is_begun();
    /// For writes that may be rolled back to a savepoint.
    [[nodiscard]] Mark mark() const { return {builder_.mark(), wholes_.size()}; }
    void roll_back_to(Mark mark) noexcept;
    /// Before COMMIT. Throws what has kept a row from being recorded.
    [[nodiscard]] Effects finish();

    /// Lets go of all statements and of what is known of the schema.
    void forget_statements() noexcept;

private:
    void record(const sqlite::RowChange& change);
    void record_row(const sqlite::RowChange& change);
    RecordedTable* find(const char* name);
    TableId id_of(RecordedTable& table);
    void begin_whole(TableId id);
    void record_all_rows(TableId id, Operation operation);
    void record_sequence();
    [[nodiscard]] ChangeLog read_sequence();

    sqlite3* connection_;
    bool utf16_ = false;
    EffectsBuilder builder_;
    bool is_recording_ = false;
    std::exception_ptr failure_;
    std::uint64_t transaction_ = 0;
    ChangeLog sequence_before_;

    sqlite::NameMap<std::optional<RecordedTable>> known_;
    RecordedTable* last_ = nullptr;
    // The names that tables have had before the step of this batch; nothing without a step.
    std::optional<sqlite::NameMap<std::string>> names_before_;
    std::vector<std::string> altered_;
    // Tables without an identity that are written, in the order in which that began.
    std::vector<TableId> wholes_;

    sqlite::RowHook hook_;
};

}  // namespace tidemark::change

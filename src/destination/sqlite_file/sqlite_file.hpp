#pragma once

#include "destination/destination.hpp"
#include "destination/sqlite_file/changeset_writer.hpp"
#include "destination/sqlite_file/log_writer.hpp"
#include "destination/sqlite_file/state_table.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::destination {

/// The disk database: a SQLite file, written through SQLite by one connection that belongs to one
/// thread at a time.
///
/// Opening has two steps, because a file must not be touched before it is known to be good: the
/// constructor only reads, `accept` sets the journal mode and writes the bookkeeping.
class SqliteFile final : public Destination {
public:
    struct Settings {
        std::string path;
        /// Written into the bookkeeping for `tidemark status`.
        std::string strategy;
        JournalMode journal_mode = JournalMode::wal;
        Synchronous synchronous = Synchronous::full;
        std::chrono::milliseconds busy_timeout{2000};
        ForeignWrites foreign_writes = ForeignWrites::stop;
        std::function<void(sqlite3*)> prepare_connection;
    };

    /// Opens the file, or creates an empty one. Throws Error when it is no SQLite database, cannot
    /// be read or written, or bears bookkeeping that is not ours or newer than we are.
    explicit SqliteFile(Settings settings);
    /// Removes the file again if this object created it and it was never accepted.
    ~SqliteFile() override;

    /// Whether this object created the file.
    [[nodiscard]] bool created() const noexcept { return created_; }
    /// Whether it holds nothing but, at most, our bookkeeping.
    [[nodiscard]] bool empty() const;
    /// Throws Error when the content is damaged.
    void check(LoadCheck check) const;
    /// Copies the content into a RAM database, without the bookkeeping. Throws Error.
    void load_into(sqlite3* ram, const sqlite::CopyProgress& progress) const;
    /// From here on this file is kept by tidemark. Throws Error.
    void accept();

    [[nodiscard]] std::uint64_t mark() const override { return mark_; }
    void apply(const change::Batch& batch) override;

    /// For reading only, by the thread that applies. Throws Error.
    [[nodiscard]] sqlite3* connection();

private:
    void open_connection(int flags);
    void configure_connection();
    void set_journal_mode(const char* mode);
    void check_readable();
    void require_as_loaded();

    void apply_changes(const change::Batch& batch);
    void apply_whole(const change::Batch& batch);
    void complete_copy(const change::Batch& batch);
    void fill_excluded_table(sqlite3* copy, const std::string& name);
    void check_not_moved();
    void check_foreign_writes(bool whole);
    void set_header(const change::Batch& batch);
    void forget_statements() noexcept;
    void remember_data_version();
    void reopen();
    void read_mark();
    [[nodiscard]] FileState state(std::int64_t last_sync_ms) const;

    const Settings settings_;
    bool created_ = false;
    bool accepted_ = false;
    sqlite::Connection connection_;
    std::uint64_t mark_ = 0;
    bool mark_is_certain_ = true;
    // The bookkeeping that the file came with.
    std::optional<FileState> found_state_;
    std::int64_t data_version_ = 0;
    // Values of the header on disk, known after the first batch.
    std::optional<std::int32_t> user_version_;
    std::optional<std::int32_t> application_id_;
    std::unique_ptr<LogWriter> log_writer_;
    std::unique_ptr<ChangesetWriter> changeset_writer_;
    std::unique_ptr<StateWriter> state_writer_;
};

}  // namespace tidemark::destination

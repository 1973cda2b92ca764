#pragma once

#include "change/effects.hpp"
#include "change/effects_recorder.hpp"
#include "destination/destination.hpp"
#include "destination/sqlite_file/changeset_writer.hpp"
#include "destination/sqlite_file/checkpointer.hpp"
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

#include <sys/types.h>

namespace tidemark::destination {

class SideCheck;

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
        /// Called with what each batch does to the file, when all of it is done but not committed
        /// yet; before a copy of the whole database, with what differs. What it throws fails the
        /// batch, which is not committed then. When the COMMIT fails after it, it is called again
        /// with the next attempt. Effects are gathered only when it is set.
        std::function<void(const change::Effects&)> before_commit;
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
    /// Copies the content into a RAM database, without the bookkeeping. Throws Error, also when the
    /// content is damaged; of that nothing gets into `ram`.
    ///
    /// A file of 8 MB or more is checked while it is copied, on a connection and a thread of their own;
    /// they are gone when this returns. `progress` is told on the calling thread.
    void load_into(sqlite3* ram, LoadCheck check, const sqlite::CopyProgress& progress) const;
    /// Names the history that belongs to the file; "" when there has never been one.
    [[nodiscard]] std::string history_id() const;
    /// Before `accept`, which writes it down.
    void set_history_id(std::string id) { history_id_ = std::move(id); }
    /// From here on this file is kept by tidemark. Throws Error.
    void accept();

    [[nodiscard]] std::uint64_t mark() const override { return mark_; }
    void apply(const change::Batch& batch) override;
    [[nodiscard]] bool carried_out(std::uint64_t number) override;
    [[nodiscard]] Upkeep look_after() override;

    /// For reading only, by the thread that applies. Throws Error.
    [[nodiscard]] sqlite3* connection();

private:
    // Bytes of the disk connection's page cache: while a batch is written, and afterwards, at most. A batch can
    // change rows all over an index, and each page that has left the cache is read, and written, again.
    // docs/performance.md has figures.
    static constexpr int cache_max = 16 << 20;
    static constexpr int cache_kept = 2 << 20;

    void open_connection(int flags);
    [[nodiscard]] sqlite::Connection open_file(int flags) const;
    void prepare(sqlite3* connection) const;
    [[nodiscard]] std::unique_ptr<SideCheck> begin_side_check(LoadCheck check) const;
    void copy_checked(const SideCheck& check, sqlite3* ram,
                      const sqlite::CopyProgress& progress) const;
    void require_sound(const std::vector<std::string>& problems) const;
    void configure_connection();
    void prepare_for_keeping();
    void set_journal_mode(const char* mode);
    void check_readable();
    void write_first_state();
    void require_as_loaded();

    void apply_changes(const change::Batch& batch);
    void prepare_writers();
    void write_rows(const change::Batch& batch);
    void apply_whole(const change::Batch& batch);
    void complete_copy(const change::Batch& batch);
    void fill_excluded_table(sqlite3* copy, const std::string& name);
    [[nodiscard]] bool has_moved() const;
    void check_not_moved() const;
    void check_side_files();
    void check_foreign_writes(bool whole);
    void set_header(const change::Batch& batch);
    void tell_before_commit(const change::Effects& effects) const;
    void tell_difference(sqlite3* copy, std::uint64_t number);
    void forget_statements() noexcept;
    void close_connection() noexcept;
    void forget_after(int code) noexcept;
    void doubt_damage(const Error& error);
    void shrink_cache() noexcept;
    void attempt(const change::Batch& batch);
    void remember_data_version();
    void remember_side_files();
    void reopen();
    void read_mark();
    [[nodiscard]] FileState state(std::int64_t last_sync_ms) const;

    const Settings settings_;
    bool created_ = false;
    bool accepted_ = false;
    Checkpointer checkpointer_;
    sqlite::Connection connection_;
    std::uint64_t mark_ = 0;
    bool mark_is_certain_ = true;
    bool damage_is_doubted_ = false;
    // No folder for them is writable: what SQLite keeps in temporary files otherwise stays in memory.
    bool needs_no_temporary_files_ = false;
    // The last batch was rolled back, and SQLite has thrown its page cache away.
    bool rollback_lost_cache_ = false;
    // The bookkeeping that the file came with.
    std::optional<FileState> found_state_;
    // Empty when it has to be read anew before it says anything of foreign writers.
    std::optional<std::int64_t> data_version_;
    /// Which file it is: the number of its inode.
    ino_t file_ = 0;
    /// Which files the WAL and its index are, in the file system's numbers.
    std::string side_files_;
    // Values of the header on disk, known after the first batch.
    std::optional<std::int32_t> user_version_;
    std::optional<std::int32_t> application_id_;
    std::optional<std::string> history_id_;
    // Somebody else has written to the file since the last batch.
    bool is_after_foreign_writes_ = false;
    std::unique_ptr<change::EffectsRecorder> recorder_;
    std::unique_ptr<LogWriter> log_writer_;
    std::unique_ptr<ChangesetWriter> changeset_writer_;
    std::unique_ptr<StateWriter> state_writer_;
};

}  // namespace tidemark::destination

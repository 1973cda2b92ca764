#pragma once

#include "capture/combined_capture.hpp"
#include "change/effects.hpp"
#include "database/at_exit.hpp"
#include "database/connection_claim.hpp"
#include "destination/sqlite_file/file_lock.hpp"
#include "destination/sqlite_file/sqlite_file.hpp"
#include "feed/feed.hpp"
#include "history/history_file.hpp"
#include "sqlite/authorizer.hpp"
#include "sqlite/connection.hpp"
#include "sync/caretaker.hpp"
#include "sync/clock.hpp"
#include "sync/sync_loop.hpp"

#include <tidemark/database.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tidemark {

/// The parts of a database and how they are wired: the only place that knows which capture and
/// which destination there are.
///
/// The members stand in the order in which they are built; each may use those above it, and they go
/// in the opposite order.
///
/// Hidden: a class inside one that is exported would be exported with it.
class __attribute__((visibility("hidden"))) Database::Core {
public:
    /// With a null `ram`, opens a RAM database of its own. Throws Error.
    Core(const std::string& path, sqlite3* ram, Options options);
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;
    ~Core() = default;

    [[nodiscard]] sqlite3* ram() const noexcept { return ram_; }
    void set_authorizer(sqlite::Authorizer::Callback callback, void* context);
    void flush(std::chrono::milliseconds deadline);
    [[nodiscard]] Status status() const;
    [[nodiscard]] VerifyReport verify(std::chrono::milliseconds deadline);
    [[nodiscard]] UndoReport undo(std::uint64_t batch, const UndoOptions& options);
    void close() { close(options_.close_deadline); }
    void close(std::chrono::milliseconds deadline);
    /// For the destructor: closes, and gives up what cannot be written.
    void close_or_abandon() noexcept;

    /// False in a child process after fork(): nothing here may be used there.
    [[nodiscard]] bool belongs_to_this_process() const noexcept;

private:
    [[nodiscard]] destination::SqliteFile::Settings disk_settings();
    void open_history();
    [[nodiscard]] std::function<std::uint64_t()> had_by_all();
    void require_rules();
    void prepare_feed();
    void start_feed();
    [[nodiscard]] bool cuts_in_calls() const noexcept;
    [[nodiscard]] bool is_forked() const noexcept { return AtExit::forks() != forks_; }
    void serve_calls();
    void connection_closes() noexcept;
    void load();
    void tell_progress(std::uint64_t done, std::uint64_t total) const noexcept;
    void start_capture();
    void write_first_content();
    void start_loop();
    void flush_and_close(std::chrono::milliseconds deadline);
    void pass_on(capture::Signal signal);
    void leave(std::chrono::milliseconds elapsed) noexcept;
    void end_open_transaction() noexcept;
    void require_usable(const char* operation) const;
    [[nodiscard]] change::Effects read_batch(std::uint64_t batch) const;
    void require_boundary(const char* operation) const;
    void remember_last_status() noexcept;
    void release_parts() noexcept;

    const Options options_;
    const std::string path_;
    const long process_id_;
    const unsigned forks_ = AtExit::forks();
    bool closed_ = false;
    // What status() says from then on.
    Status last_status_;

    std::optional<destination::FileLock> lock_;
    sqlite::Connection own_ram_;
    sqlite3* ram_ = nullptr;
    std::optional<ConnectionClaim> claim_;
    std::unique_ptr<history::HistoryFile> history_;
    std::unique_ptr<destination::SqliteFile> disk_;
    sync::SystemClock clock_;
    std::unique_ptr<feed::Feed> feed_;
    std::optional<sqlite::Authorizer> authorizer_;
    // Used under the lock of the RAM connection, as every signal is sent.
    bool is_signalled_ = false;
    std::unique_ptr<capture::CombinedCapture> capture_;
    std::unique_ptr<sync::SyncLoop> loop_;
    // Tells the loop: it has to go before it.
    std::unique_ptr<sync::Caretaker> caretaker_;
    std::optional<feed::RunningFeed> running_feed_;
    std::optional<AtExit> at_exit_;
};

}  // namespace tidemark

#pragma once

#include "destination/destination.hpp"
#include "sqlite/api.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace tidemark::destination {

/// Moves what is in the WAL into the database file, so that the WAL can be used anew from its
/// beginning. Takes the place of SQLite's automatic checkpoints, which do the same and say nothing
/// when they cannot: then the WAL grows without end, and nobody knows why.
///
/// A reader that is in the way for a moment is no news, so a checkpoint counts as held up when the
/// WAL has become several times as large as it should be, and stays so for the time that every lock
/// is waited for. Every other failure counts at once. Nothing ever waits here.
class Checkpointer {
public:
    /// `patience` is the busy timeout of the connection.
    Checkpointer(std::string path, std::chrono::milliseconds patience);
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;
    ~Checkpointer() = default;

    /// From now on this connection tells how large the WAL is. It must not outlive this object.
    void watch(sqlite3* connection) noexcept;

    /// Makes a checkpoint if one is due. To be called between transactions, after each commit and
    /// from time to time when there is none.
    [[nodiscard]] Upkeep run(sqlite3* connection);

    /// Gives the space of the WAL back if that is possible now: on a full disk the next transaction
    /// may need no more than that.
    void make_room(sqlite3* connection) noexcept;

private:
    static int note_commit(void* self, sqlite3* connection, const char* schema, int pages) noexcept;
    void try_to_empty(sqlite3* connection);
    [[nodiscard]] int empty(sqlite3* connection) noexcept;
    [[nodiscard]] bool has_waited_long_enough();
    void hold_up(Error error);

    const std::string path_;
    const std::chrono::milliseconds patience_;
    int wal_pages_ = 0;
    /// Since when others have been in the way.
    std::optional<std::chrono::steady_clock::time_point> waiting_since_;
    std::shared_ptr<const Error> hindrance_;
};

}  // namespace tidemark::destination

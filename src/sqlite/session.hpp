#pragma once

#include "sqlite/api.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tidemark::sqlite {

/// The bytes of a changeset, as SQLite allocated them.
class Changeset {
public:
    Changeset() noexcept = default;
    /// Takes over memory that is freed by `sqlite3_free`.
    Changeset(void* owned, int size_bytes) noexcept;
    Changeset(Changeset&& other) noexcept;
    Changeset& operator=(Changeset&& other) noexcept;
    Changeset(const Changeset&) = delete;
    Changeset& operator=(const Changeset&) = delete;
    ~Changeset() { sqlite3_free(data_); }

    [[nodiscard]] void* data() const noexcept { return data_; }
    [[nodiscard]] int size_bytes() const noexcept { return size_bytes_; }
    [[nodiscard]] bool empty() const noexcept { return size_bytes_ == 0; }

private:
    void* data_ = nullptr;
    int size_bytes_ = 0;
};

/// Copies them into one that does what they do one after another: one change for each row. Throws Error
/// when memory is missing, or the columns of a table are not the same in all.
[[nodiscard]] Changeset concatenate(const std::vector<const Changeset*>& changesets);

/// One session object on the main database of a connection, which must outlive it.
class Session {
public:
    /// Says, on the thread that writes and inside the preupdate hook, whether a table's changes are
    /// wanted; asked at each change of a row, until it says yes for the table.
    using TableFilter = std::function<bool(const char* table)>;

    Session(sqlite3* connection, TableFilter filter);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() { sqlite3session_delete(handle_); }

    void disable() noexcept { sqlite3session_enable(handle_, 0); }
    [[nodiscard]] bool empty() const noexcept { return sqlite3session_isempty(handle_) != 0; }
    [[nodiscard]] std::uint64_t memory_used_bytes() const noexcept;
    /// Everything since the session began. Throws Error; the session keeps its content then and can
    /// be asked again.
    [[nodiscard]] Changeset changeset() const;
    /// Whether it still records. A session stops for ever when something fails while the application
    /// writes, or when it meets a row of a table whose columns have changed since its first row.
    [[nodiscard]] bool records() const noexcept;

private:
    sqlite3* connection_;
    TableFilter filter_;
    sqlite3_session* handle_ = nullptr;
};

}  // namespace tidemark::sqlite

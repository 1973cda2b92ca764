#pragma once

#include "sqlite/api.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

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

/// Walks over the changes of a changeset, which must outlive it.
///
///     ChangesetIterator change(changeset);
///     while (change.next()) { … change.old_value(0) … }
class ChangesetIterator {
public:
    explicit ChangesetIterator(const Changeset& changeset);
    ChangesetIterator(const ChangesetIterator&) = delete;
    ChangesetIterator& operator=(const ChangesetIterator&) = delete;
    ~ChangesetIterator() { sqlite3changeset_finalize(handle_); }

    /// Moves to the next change; false at the end. Throws Error when the bytes are damaged.
    bool next();

    /// Valid until `next()`.
    [[nodiscard]] const char* table() const noexcept { return table_; }
    [[nodiscard]] int column_count() const noexcept { return column_count_; }
    /// SQLITE_INSERT, SQLITE_UPDATE or SQLITE_DELETE.
    [[nodiscard]] int operation() const noexcept { return operation_; }
    /// One byte per column, not zero for those of the primary key.
    [[nodiscard]] std::span<const unsigned char> key_columns() const;
    /// Null where the changeset has none: an unchanged column of an UPDATE outside of the key.
    [[nodiscard]] sqlite3_value* old_value(int column) const noexcept;
    [[nodiscard]] sqlite3_value* new_value(int column) const noexcept;

private:
    sqlite3_changeset_iter* handle_ = nullptr;
    const char* table_ = nullptr;
    int column_count_ = 0;
    int operation_ = 0;
};

/// Number of changes in a changeset.
[[nodiscard]] std::uint64_t count_changes(const Changeset& changeset);

/// One session object on the main database of a connection, which must outlive it.
class Session {
public:
    /// Says, on the thread that writes, whether a table's changes are wanted; asked once per
    /// table, when it is first written to.
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

private:
    sqlite3* connection_;
    TableFilter filter_;
    sqlite3_session* handle_ = nullptr;
};

}  // namespace tidemark::sqlite

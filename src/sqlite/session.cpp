#include "sqlite/session.hpp"

#include "sqlite/error.hpp"

#include <utility>

namespace tidemark::sqlite {

Changeset::Changeset(void* owned, int size_bytes) noexcept
    : data_(owned), size_bytes_(size_bytes) {}

Changeset::Changeset(Changeset&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

Changeset& Changeset::operator=(Changeset&& other) noexcept {
    if (this != &other) {
        sqlite3_free(data_);
        data_ = std::exchange(other.data_, nullptr);
        size_bytes_ = std::exchange(other.size_bytes_, 0);
    }
    return *this;
}

namespace {

// Called by SQLite: an exception must not leave. A filter that fails takes the table in.
int ask_filter(void* filter, const char* table) {
    try {
        return (*static_cast<Session::TableFilter*>(filter))(table) ? 1 : 0;
    } catch (...) {
        return 1;
    }
}

}  // namespace

Changeset concatenate(const std::vector<const Changeset*>& changesets) {
    sqlite3_changegroup* group = nullptr;
    void* data = nullptr;
    int size_bytes = 0;
    int rc = sqlite3changegroup_new(&group);
    for (const Changeset* changeset : changesets) {
        if (rc != SQLITE_OK) break;
        rc = sqlite3changegroup_add(group, changeset->size_bytes(), changeset->data());
    }
    if (rc == SQLITE_OK) rc = sqlite3changegroup_output(group, &size_bytes, &data);
    sqlite3changegroup_delete(group);
    Changeset all(data, size_bytes);
    if (rc == SQLITE_OK) return all;
    throw Error({.code = rc,
                 .operation = "put changesets together",
                 .object = "what is pending",
                 .reason = sqlite3_errstr(rc)});
}

Session::Session(sqlite3* connection, TableFilter filter)
    : connection_(connection), filter_(std::move(filter)) {
    check(connection, sqlite3session_create(connection, "main", &handle_), "create a session");
    sqlite3session_table_filter(handle_, ask_filter, &filter_);
    const int rc = sqlite3session_attach(handle_, nullptr);
    if (rc != SQLITE_OK) {
        sqlite3session_delete(handle_);
        throw make_error(connection, rc, "attach a session");
    }
}

std::uint64_t Session::memory_used_bytes() const noexcept {
    return static_cast<std::uint64_t>(sqlite3session_memory_used(handle_));
}

Changeset Session::changeset() const {
    void* data = nullptr;
    int size_bytes = 0;
    check(connection_, sqlite3session_changeset(handle_, &size_bytes, &data), "take a changeset");
    // SQLite's buffer may be twice as large as what is in it.
    void* const fitting = size_bytes > 0 ? sqlite3_realloc(data, size_bytes) : nullptr;
    return {fitting != nullptr ? fitting : data, size_bytes};
}

// There is no call that asks for it. sqlite3session_diff reports what the session has failed with
// before it looks at the table, and does nothing for a table that the filter does not want.
bool Session::records() const noexcept {
    return sqlite3session_diff(handle_, "main", "", nullptr) == SQLITE_OK;
}

}  // namespace tidemark::sqlite

#include "capture/session/session_capture.hpp"

#include "sqlite/connection.hpp"

#include <utility>

namespace tidemark::capture {

bool NameLess::operator()(const std::string& left, const std::string& right) const noexcept {
    return sqlite3_stricmp(left.c_str(), right.c_str()) < 0;
}

namespace {

// A `DELETE FROM t` that was prepared while nobody watched clears the table without visiting its
// rows, and no session hears of it. A change of any schema makes SQLite compile it again.
void expire_statements(sqlite3* connection) {
    bool writes = false;
    sqlite3_stmt* statement = nullptr;
    while ((statement = sqlite3_next_stmt(connection, statement)) != nullptr) {
        writes = writes || sqlite3_stmt_readonly(statement) == 0;
    }
    if (!writes) return;
    sqlite::execute(connection,
                    "CREATE TEMP TABLE _tidemark_expire(x); DROP TABLE temp._tidemark_expire",
                    "begin a session");
}

}  // namespace

SessionCapture::SessionCapture(sqlite3* connection, SignalHandler signal)
    : connection_(connection), signal_(std::move(signal)) {
    keeper_ = std::make_unique<sqlite::Session>(connection_, [](const char*) { return false; });
    keeper_->disable();
    current_ = begin_session();
    expire_statements(connection_);
}

std::unique_ptr<sqlite::Session> SessionCapture::begin_session() {
    return std::make_unique<sqlite::Session>(connection_,
                                             [this](const char* table) { return wants(table); });
}

// SQLite asks once per session and table, when the first row of it changes.
bool SessionCapture::wants(const char* table) {
    if (!tables_.contains(table)) return false;
    if (!changed_.exchange(true, std::memory_order_relaxed)) signal_(Signal::first_change);
    return true;
}

SessionCapture::Prepared SessionCapture::prepare_cut() {
    Prepared prepared;
    // A session that failed once (out of memory, an interrupt inside the application's INSERT)
    // records nothing any more and looks empty: asked for its changeset, it says so.
    if (current_->empty() && !changed()) return prepared;
    prepared.next = begin_session();
    prepared.changeset = current_->changeset();
    return prepared;
}

// A session that saw only changes that were rolled back is not `empty()`, and its changeset is: the
// next session replaces it too, which frees its memory.
void SessionCapture::finish_cut(Prepared& prepared) noexcept {
    if (prepared.next) current_ = std::move(prepared.next);
    changed_.store(false, std::memory_order_relaxed);
}

void SessionCapture::restart(NameSet tables) {
    std::unique_ptr<sqlite::Session> next = begin_session();
    current_ = std::move(next);
    tables_ = std::move(tables);
    changed_.store(false, std::memory_order_relaxed);
}

}  // namespace tidemark::capture

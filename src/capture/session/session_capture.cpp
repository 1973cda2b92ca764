#include "capture/session/session_capture.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/preupdate.hpp"

#include <utility>

namespace tidemark::capture {

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
                    "DROP TABLE IF EXISTS temp._tidemark_expire;"
                    "CREATE TEMP TABLE _tidemark_expire(x); DROP TABLE temp._tidemark_expire",
                    "begin a session");
}

}  // namespace

SessionCapture::SessionCapture(sqlite3* connection, SignalHandler signal,
                               BlobWriteHandler other_blob_write)
    : connection_(connection),
      signal_(std::move(signal)),
      other_blob_write_(std::move(other_blob_write)) {
    keeper_ = std::make_unique<sqlite::Session>(connection_, [](const char*) { return false; });
    keeper_->disable();
    current_ = begin_session();
    expire_statements(connection_);
}

std::unique_ptr<sqlite::Session> SessionCapture::begin_session() {
    return std::make_unique<sqlite::Session>(connection_,
                                             [this](const char* table) { return wants(table); });
}

// SQLite asks inside the preupdate hook: of a table that is wanted once per session, when its first
// row changes, and of any other table at each change of a row.
bool SessionCapture::wants(const char* table) {
    const bool wanted = tables_.contains(table);
    // A table of an unknown name has been created or renamed since the last cut.
    if (wanted || !others_.contains(table)) note_touched(table);
    if (!wanted) {
        if (sqlite::in_blob_write(connection_)) other_blob_write_(table);
        return false;
    }
    ++unsealed_tables_;
    if (!changed_.exchange(true, std::memory_order_relaxed)) signal_(Signal::first_change);
    return true;
}

// The hook cannot make the application's statement fail.
void SessionCapture::note_touched(const char* table) noexcept {
    try {
        touched_.insert(table);
    } catch (...) {
        lost_track_ = true;
    }
}

SessionCapture::Prepared SessionCapture::prepare_cut() {
    Prepared prepared;
    // A session that failed once (out of memory, an interrupt inside the application's INSERT)
    // records nothing any more and looks empty: asked for its changeset, it says so.
    if (current_->empty() && !changed()) return prepared;
    prepared.next = begin_session();
    prepared.rest = current_->changeset();
    prepared.nothing = prepared.rest.empty() && parts_.empty();
    parts_.reserve(parts_.size() + 1);
    return prepared;
}

// A session that saw only changes that were rolled back is not `empty()`, and its changeset is: the
// next session replaces it too, which frees its memory.
std::vector<sqlite::Changeset> SessionCapture::finish_cut(Prepared& prepared) noexcept {
    if (!prepared.rest.empty()) parts_.push_back(std::move(prepared.rest));
    if (prepared.next) begin_next(std::move(prepared.next));
    std::vector<sqlite::Changeset> all = std::move(parts_);
    forget_cut();
    return all;
}

void SessionCapture::seal() {
    std::unique_ptr<sqlite::Session> next = begin_session();
    sqlite::Changeset part = current_->changeset();
    const auto size_bytes = static_cast<std::uint64_t>(part.size_bytes());
    if (!part.empty()) parts_.push_back(std::move(part));
    sealed_bytes_ += size_bytes;
    begin_next(std::move(next));
}

void SessionCapture::visit_pending(
    const std::function<void(const sqlite::Changeset&)>& visit) const {
    if (current_->empty() && !changed()) return;
    const sqlite::Changeset rest = current_->changeset();
    if (parts_.empty()) return visit(rest);
    std::vector<const sqlite::Changeset*> all;
    for (const sqlite::Changeset& part : parts_) all.push_back(&part);
    all.push_back(&rest);
    visit(sqlite::concatenate(all));
}

void SessionCapture::restart(sqlite::NameSet tables, sqlite::NameSet others) {
    begin_next(begin_session());
    tables_ = std::move(tables);
    others_ = std::move(others);
    forget_cut();
}

void SessionCapture::begin_next(std::unique_ptr<sqlite::Session> next) noexcept {
    current_->disable();
    std::swap(current_, next);
    try {
        ended_.push_back(std::move(next));
    } catch (...) {
        // It goes at once.
    }
    unsealed_tables_ = 0;
}

void SessionCapture::forget_cut() noexcept {
    parts_.clear();
    sealed_bytes_ = 0;
    touched_.clear();
    lost_track_ = false;
    changed_.store(false, std::memory_order_relaxed);
}

}  // namespace tidemark::capture

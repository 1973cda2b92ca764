#pragma once

#include "c_api/guard.hpp"

#include <tidemark/tidemark.h>
#include <tidemark/tidemark.hpp>

namespace tidemark::c_api {

/// The numbers of the C interface are those of the C++ interface.
template <typename Enum>
consteval bool same(Enum ours, int theirs) {
    return static_cast<int>(ours) == theirs;
}

static_assert(same(Strategy::session, TIDEMARK_STRATEGY_SESSION));
static_assert(same(Strategy::trigger, TIDEMARK_STRATEGY_TRIGGER));
static_assert(same(JournalMode::wal, TIDEMARK_JOURNAL_WAL));
static_assert(same(JournalMode::truncate, TIDEMARK_JOURNAL_TRUNCATE));
static_assert(same(JournalMode::persist, TIDEMARK_JOURNAL_PERSIST));
static_assert(same(JournalMode::remove, TIDEMARK_JOURNAL_DELETE));
static_assert(same(Synchronous::off, TIDEMARK_SYNCHRONOUS_OFF));
static_assert(same(Synchronous::normal, TIDEMARK_SYNCHRONOUS_NORMAL));
static_assert(same(Synchronous::full, TIDEMARK_SYNCHRONOUS_FULL));
static_assert(same(Synchronous::extra, TIDEMARK_SYNCHRONOUS_EXTRA));
static_assert(same(Durability::interval, TIDEMARK_DURABILITY_INTERVAL));
static_assert(same(Durability::commit, TIDEMARK_DURABILITY_COMMIT));
static_assert(same(Cutting::in_background, TIDEMARK_CUTTING_IN_BACKGROUND));
static_assert(same(Cutting::in_calls, TIDEMARK_CUTTING_IN_CALLS));
static_assert(same(PendingLimit::refuse, TIDEMARK_PENDING_REFUSE));
static_assert(same(PendingLimit::grow, TIDEMARK_PENDING_GROW));
static_assert(same(LoadCheck::none, TIDEMARK_LOAD_CHECK_NONE));
static_assert(same(LoadCheck::quick, TIDEMARK_LOAD_CHECK_QUICK));
static_assert(same(LoadCheck::full, TIDEMARK_LOAD_CHECK_FULL));
static_assert(same(ForeignWrites::stop, TIDEMARK_FOREIGN_WRITES_STOP));
static_assert(same(ForeignWrites::overwrite, TIDEMARK_FOREIGN_WRITES_OVERWRITE));
static_assert(same(State::idle, TIDEMARK_STATE_IDLE));
static_assert(same(State::cutting, TIDEMARK_STATE_CUTTING));
static_assert(same(State::applying, TIDEMARK_STATE_APPLYING));
static_assert(same(State::waiting_to_retry, TIDEMARK_STATE_WAITING_TO_RETRY));
static_assert(same(State::stopped, TIDEMARK_STATE_STOPPED));
static_assert(same(CaptureMethod::session, TIDEMARK_CAPTURE_SESSION));
static_assert(same(CaptureMethod::trigger, TIDEMARK_CAPTURE_TRIGGER));
static_assert(same(CaptureMethod::whole_table, TIDEMARK_CAPTURE_WHOLE_TABLE));
static_assert(same(CaptureMethod::excluded, TIDEMARK_CAPTURE_EXCLUDED));
static_assert(same(StorageClass::null, TIDEMARK_NULL));
static_assert(same(StorageClass::integer, TIDEMARK_INTEGER));
static_assert(same(StorageClass::real, TIDEMARK_REAL));
static_assert(same(StorageClass::text, TIDEMARK_TEXT));
static_assert(same(StorageClass::blob, TIDEMARK_BLOB));
static_assert(same(StorageClass::text_utf16, TIDEMARK_TEXT_UTF16));
static_assert(same(ChangeKind::insert, TIDEMARK_INSERT));
static_assert(same(ChangeKind::update, TIDEMARK_UPDATE));
static_assert(same(ChangeKind::remove, TIDEMARK_DELETE));
static_assert(same(UndoConflict::Kind::gone, TIDEMARK_UNDO_GONE));
static_assert(same(UndoConflict::Kind::already_there, TIDEMARK_UNDO_ALREADY_THERE));
static_assert(same(UndoConflict::Kind::differs, TIDEMARK_UNDO_DIFFERS));
static_assert(same(UndoConflict::Kind::constraint, TIDEMARK_UNDO_CONSTRAINT));
static_assert(same(UndoConflict::Kind::foreign_key, TIDEMARK_UNDO_FOREIGN_KEY));
static_assert(same(UndoConflict::Kind::table_changed, TIDEMARK_UNDO_TABLE_CHANGED));

/// A number from the application as a member of an enumeration whose last one is `last`. Throws Error.
template <typename Enum>
Enum checked(int number, Enum last, const char* argument) {
    if (number >= 0 && number <= static_cast<int>(last)) return static_cast<Enum>(number);
    throw misuse(argument, std::to_string(number) + " is no member of the enumeration",
                 "pass one of the constants of tidemark.h");
}

/// What a number of an enumeration is called; "unknown" for others, or what to_string() says of them.
template <typename Enum>
const char* name_of(int number) noexcept {
    constexpr int last = 0xff;  // of what they are made of
    return number < 0 || number > last ? "unknown" : to_string(static_cast<Enum>(number));
}

}  // namespace tidemark::c_api

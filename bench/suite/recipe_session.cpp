#include "recipe_session.hpp"

#include <memory>

namespace bench {
namespace {

int abort_at_conflict(void* /*context*/, int /*kind*/, sqlite3_changeset_iter* /*change*/) {
    return SQLITE_CHANGESET_ABORT;
}

struct Free {
    void operator()(void* memory) const noexcept { sqlite3_free(memory); }
};

}  // namespace

RecipeSession::~RecipeSession() { RecipeSession::end_capture(); }

std::optional<std::uint64_t> RecipeSession::pending_bytes() const {
    return static_cast<std::uint64_t>(sqlite3session_memory_used(session_));
}

void RecipeSession::begin_capture() {
    check(ram(), sqlite3session_create(ram(), "main", &session_));
    check(ram(), sqlite3session_attach(session_, nullptr));
}

void RecipeSession::move_changes() {
    int size = 0;
    void* data = nullptr;
    check(ram(), sqlite3session_changeset(session_, &size, &data));
    const std::unique_ptr<void, Free> changeset{data};
    if (size == 0) {
        return;
    }
    const auto begin = Clock::now();
    check(disk(), sqlite3changeset_apply(disk(), size, data, nullptr, &abort_at_conflict, nullptr));
    set_last_apply(Clock::now() - begin);
    end_capture();
    begin_capture();
}

void RecipeSession::end_capture() {
    if (session_ != nullptr) {
        sqlite3session_delete(session_);
    }
    session_ = nullptr;
}

}  // namespace bench

#include "database/core.hpp"
#include "sqlite/api.hpp"

#include <tidemark/database.hpp>

#include <utility>

namespace tidemark {
namespace {

[[noreturn]] void throw_moved_from() {
    throw Error({.code = SQLITE_MISUSE,
                 .operation = "use a database",
                 .reason = "it was moved from",
                 .advice = "use the object that it was moved to"});
}

}  // namespace

Database Database::open(const std::string& path, const Options& options) {
    return Database(std::make_unique<Core>(path, nullptr, options));
}

Database Database::attach(sqlite3* connection, const std::string& path, const Options& options) {
    if (connection == nullptr) {
        throw Error({.code = SQLITE_MISUSE,
                     .operation = "attach to the connection",
                     .reason = "it is null",
                     .advice = "pass an open connection"});
    }
    return Database(std::make_unique<Core>(path, connection, options));
}

Database::Database(std::unique_ptr<Core> core) noexcept : core_(std::move(core)) {}
Database::Database(Database&& other) noexcept = default;

Database& Database::operator=(Database&& other) noexcept {
    if (this != &other) {
        Database old(std::move(core_));
        core_ = std::move(other.core_);
    }
    return *this;
}

Database::~Database() {
    if (!core_) return;
    if (!core_->belongs_to_this_process()) {
        // Its thread exists in the parent only, and its files are the parent's: leaked on purpose.
        static_cast<void>(core_.release());
        return;
    }
    core_->close_or_abandon();
}

sqlite3* Database::handle() const noexcept { return core_ ? core_->ram() : nullptr; }

void Database::set_authorizer(int (*callback)(void*, int, const char*, const char*, const char*,
                                              const char*),
                              void* context) {
    if (!core_) throw_moved_from();
    core_->set_authorizer(callback, context);
}

void Database::flush(std::chrono::milliseconds deadline) {
    if (!core_) throw_moved_from();
    core_->flush(deadline);
}

Status Database::status() const {
    if (!core_) throw_moved_from();
    return core_->status();
}

VerifyReport Database::verify(std::chrono::milliseconds deadline) {
    if (!core_) throw_moved_from();
    return core_->verify(deadline);
}

UndoReport Database::undo(std::uint64_t batch, const UndoOptions& options) {
    if (!core_) throw_moved_from();
    return core_->undo(batch, options);
}

void Database::close() {
    if (core_) core_->close();
}

void Database::close(std::chrono::milliseconds deadline) {
    if (core_) core_->close(deadline);
}

}  // namespace tidemark

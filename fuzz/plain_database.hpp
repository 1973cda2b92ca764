#pragma once

#include "subject.hpp"
#include "support/sql.hpp"

#include <memory>

namespace tidemark::fuzz {

/// The database without tidemark.
class PlainDatabase {
public:
    PlainDatabase();
    /// Copies all pages, so that encoding, page size and rowids are the same.
    explicit PlainDatabase(sqlite3* source);

    Outcome run(const Step& step) { return subject_->run(step); }
    /// Ends what an application's exit would end: transaction, statements, TEMP objects, attached
    /// databases, settings.
    void reopen();
    void end_transaction();

    [[nodiscard]] Subject& subject() noexcept { return *subject_; }
    [[nodiscard]] sqlite3* db() const noexcept { return *connection_; }

private:
    std::unique_ptr<tests::Plain> connection_;
    std::unique_ptr<Subject> subject_;
};

/// Lets go of its statements and rolls back.
void end_transaction(Subject& subject);
/// The limits that keep a generated program from running away; the same for both databases.
void set_limits(sqlite3* db);

}  // namespace tidemark::fuzz

#pragma once

/// One of the databases that are compared, as the application sees it.

#include "outcome.hpp"
#include "script.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace tidemark::fuzz {

/// Runs steps on a connection that somebody else owns, and keeps the prepared statements.
class Subject {
public:
    explicit Subject(sqlite3* db);

    /// Steps of SQL and of kept statements. What is unknown or cannot be compiled is an outcome too.
    Outcome run(const Step& step);
    [[nodiscard]] sqlite3* db() const noexcept { return db_; }
    /// Before the connection is closed.
    void finalize_all();

private:
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    using StatementPointer = std::unique_ptr<sqlite3_stmt, Finalizer>;
    struct Kept {
        StatementPointer statement;
    };

    Outcome run_step(const Step& step);
    Outcome run_sql(const std::string& sql);
    Outcome prepare(const Step& step);
    Outcome begin_kept(const std::string& name);
    Outcome execute_kept(const std::string& name);
    Outcome reset_kept(const std::string& name);
    Outcome locked(const std::function<int(tests::Rows&)>& work);
    int finish(sqlite3_stmt* statement, tests::Rows& rows);

    sqlite3* db_;
    // See known_differences.hpp.
    std::int64_t uncounted_changes_ = 0;
    bool had_full_text_ = false;
    std::map<std::string, Kept> kept_;
};

}  // namespace tidemark::fuzz

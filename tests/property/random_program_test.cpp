// Random schemas, random statements in random transactions, savepoints and rollbacks, now and then
// DDL, a flush, a close: played on a plain `:memory:` database and on one that tidemark keeps.
// After each statement both say the same; after each flush the disk, opened by plain SQLite, equals
// RAM; in the end what is opened again equals the plain database.
//
// The same programs in each run. To run more and other ones (RapidCheck prints the seed, and for a failure
// a whole RC_PARAMS with `reproduce`, which goes straight to the smallest program that fails):
//
//   RC_PARAMS="max_success=5000" build/dev/tests/property/property_test
//   RC_PARAMS="seed=1234567890" build/dev/tests/property/property_test --gtest_filter='*session'
//   RC_PARAMS="reproduce=..."    build/dev/tests/property/property_test --gtest_filter='*session'
//
// A program that fails is printed as a script; it becomes a named test in tests/conformance.

#include "property/random_program.hpp"

#include "support/fixture.hpp"
#include "support/property.hpp"

#include <rapidcheck.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace tidemark::tests {
namespace {

void prepare_connection(sqlite3* db, const Program& program) {
    if (program.schema.starts_with("PRAGMA foreign_keys")) {
        exec(db, "PRAGMA foreign_keys = ON");
    }
}

/// One run of one program.
class Playing {
public:
    Playing(const Program& program, Strategy strategy, std::chrono::milliseconds interval)
        : program_(program) {
        options_.strategy = strategy;
        options_.interval = interval;
        options_.synchronous =
            Synchronous::off;  // content is looked at, not what a power failure leaves
        exec(control_, program.schema);
        exec(Plain(path_), "PRAGMA synchronous = OFF;" + program.schema);
        open();
    }

    void play() {
        for (const std::string& step : program_.steps) {
            if (step == flush_step) {
                flush_and_compare(step);
            } else if (step == reopen_step) {
                reopen();
            } else {
                play_sql(step);
            }
        }
        end_transaction();
        flush_and_compare("the end");
        check(same(control_, database_->handle()), "plain SQLite against RAM at the end");
        reopen();
    }

private:
    void open() {
        database_.emplace(Database::open(path_, options_));
        prepare_connection(database_->handle(), program_);
    }

    void play_sql(const std::string& sql) {
        const Outcome expected = try_exec(control_, sql);
        const Outcome outcome = try_exec(database_->handle(), sql);
        if (!(outcome == expected) ||
            in_transaction(control_) != in_transaction(database_->handle())) {
            RC_FAIL(sql + "\nwithout tidemark: " + expected.message +
                    "\nwith tidemark: " + outcome.message);
        }
    }

    /// A flush cannot end before a transaction does.
    void flush_and_compare(const std::string& where) {
        if (in_transaction(control_)) {
            return;
        }
        database_->flush();
        check(same_on_disk(database_->handle(), path_), "RAM against disk after " + where);
    }

    void end_transaction() {
        for (sqlite3* db : {static_cast<sqlite3*>(control_), database_->handle()}) {
            if (in_transaction(db) && try_exec(db, "COMMIT").rc != SQLITE_OK) {
                exec(db, "ROLLBACK");  // a deferred foreign key forbids the commit
            }
        }
    }

    void reopen() {
        end_transaction();
        database_->close();
        database_.reset();
        open();
        check(same(control_, database_->handle()), "plain SQLite against what was opened again");
    }

    static void check(const ::testing::AssertionResult& result, const std::string& where) {
        if (!result) {
            RC_FAIL(where + ": " + result.message());
        }
    }

    const Program& program_;
    Options options_;
    TemporaryDirectory directory_;
    std::string path_ = directory_.file("kept.db");
    Plain control_;
    std::optional<Database> database_;
};

class Property : public ::testing::TestWithParam<Strategy> {
protected:
    static void check(std::chrono::milliseconds interval) {
        check_property([interval] {
            const Program program = *any_program().as("program");
            Playing(program, GetParam(), interval).play();
        });
    }
};

TEST_P(Property, after_each_flush_the_disk_equals_ram) { check(std::chrono::hours{1}); }

TEST_P(Property, after_each_flush_the_disk_equals_ram_while_syncing_in_the_background) {
    check(std::chrono::milliseconds{0});
}

TIDEMARK_FOR_BOTH_STRATEGIES(Property);

}  // namespace
}  // namespace tidemark::tests

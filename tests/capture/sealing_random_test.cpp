// Random programs, as in tests/property, with what sessions have recorded sealed after each step at
// which there is a boundary: after each flush the disk equals RAM. RC_PARAMS as there.

#include "capture/sealed_database.hpp"
#include "property/random_program.hpp"
#include "support/property.hpp"

#include <rapidcheck.h>

#include <string>

namespace tidemark::tests {
namespace {

class Playing {
public:
    explicit Playing(const Program& program) : program_(program), db_(program.schema) {}

    void play() {
        for (const std::string& step : program_.steps) {
            if (step == flush_step || step == reopen_step) {
                sync(step);
            } else {
                static_cast<void>(try_exec(db_.ram(), step));
                db_.seal();
            }
        }
        if (in_transaction(db_.ram()) && try_exec(db_.ram(), "COMMIT").rc != SQLITE_OK) {
            exec(db_.ram(), "ROLLBACK");  // a deferred foreign key forbids the commit
        }
        sync("the end");
        RC_TAG(most_changesets_ > 2 ? "several parts" : "few parts");
    }

private:
    void sync(const std::string& where) {
        if (in_transaction(db_.ram())) return;
        if (const auto batch = db_.cut()) {
            most_changesets_ = std::max(most_changesets_, batch->changesets.size());
            db_.apply(*batch);
        }
        const ::testing::AssertionResult result = same_on_disk(db_.ram(), db_.path());
        if (!result) RC_FAIL("RAM against disk after " + where + ": " + result.message());
    }

    const Program& program_;
    SealedDatabase db_;
    std::size_t most_changesets_ = 0;
};

TEST(SealingProperty, after_each_flush_the_disk_equals_ram) {
    check_property([]() {
        const Program program = *any_program().as("program");
        Playing(program).play();
    });
}

}  // namespace
}  // namespace tidemark::tests

// Random programs are undone, batch by batch from the last one to the first, on the database that they
// ran on: that gives the database of the start. Undoing that, and replaying it, gives the end again.

#include "history/walk.hpp"
#include "property/random_program.hpp"
#include "support/fixture.hpp"
#include "support/property.hpp"

#include <tidemark/restore.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::tests {
namespace {

// They would be refused, and end the walk. (A batch that only moves a counter is none.)
bool changes_the_schema(const std::string& step) {
    constexpr std::array<const char*, 5> words{"CREATE", "ALTER", "DROP", "VACUUM", "ANALYZE"};
    for (const char* word : words) {
        if (step.starts_with(word)) return true;
    }
    return false;
}

/// One program on one database.
class Walked {
public:
    Walked(Strategy strategy, const Program& program)
        : foreign_keys_(program.schema.starts_with("PRAGMA foreign_keys")) {
        options_.strategy = strategy;
        options_.interval = std::chrono::hours{1};
        options_.synchronous = Synchronous::off;
        options_.history.enabled = true;
        exec(Plain(path_), "PRAGMA synchronous = OFF;" + program.schema);
        copy_file(path_, start_);
        open();
        for (const std::string& step : program.steps) play(step);
        if (in_transaction(ram())) exec(ram(), "ROLLBACK");
        database_->flush();
        copy_to(end_);
    }

    void walk() {
        const std::vector<std::uint64_t> undos = undo_all(numbers_after(0));
        check(same(ram(), Plain(start_)), "what is undone is the start");
        check(same_on_disk(ram(), path_), "and on disk");
        undo_all(undos);
        check(same(ram(), Plain(end_)), "what is undone again is the end");
        // The start, with all of that done to it.
        const std::uint64_t mark = replay(path_, 0, start_);
        check(same(ram(), Plain(start_)), "and so it is when it is replayed");
        if (mark != database_->status().mark) RC_FAIL("the replay ends elsewhere");
    }

private:
    [[nodiscard]] sqlite3* ram() { return database_->handle(); }

    void open() {
        database_.emplace(Database::open(path_, options_));
        if (foreign_keys_) exec(ram(), "PRAGMA foreign_keys = ON");
    }

    void play(const std::string& step) {
        if (changes_the_schema(step)) return;
        const bool between = !in_transaction(ram());
        if (step == flush_step) {
            if (between) database_->flush();
        } else if (step == reopen_step) {
            if (!between) return;
            database_->close();
            database_.reset();
            open();
        } else {
            static_cast<void>(try_exec(ram(), step));
        }
    }

    /// Of the file, without the bookkeeping.
    void copy_to(const std::string& copy) {
        copy_file(path_, copy);
        exec(Plain(copy), "DROP TABLE _tidemark_state");
    }

    [[nodiscard]] std::vector<std::uint64_t> numbers_after(std::uint64_t batch) const {
        std::vector<std::uint64_t> numbers;
        for (const BatchSummary& it : History(path_).batches(batch)) numbers.push_back(it.number);
        return numbers;
    }

    /// Last one first; the numbers of the batches that this makes.
    std::vector<std::uint64_t> undo_all(const std::vector<std::uint64_t>& batches) {
        const std::uint64_t before = database_->status().mark;
        for (auto it = batches.rbegin(); it != batches.rend(); ++it) {
            const UndoReport report = database_->undo(*it);
            if (!report.possible()) RC_FAIL(report.to_json());
        }
        database_->flush();
        return numbers_after(before);
    }

    static void check(const ::testing::AssertionResult& result, const char* what) {
        if (!result) RC_FAIL(std::string(what) + ": " + result.message());
    }

    const bool foreign_keys_;
    TemporaryDirectory directory_;
    std::string path_ = directory_.file("kept.db");
    std::string start_ = directory_.file("start.db");
    std::string end_ = directory_.file("end.db");
    Options options_;
    std::optional<Database> database_;
};

class UndoWalk : public ::testing::TestWithParam<Strategy> {};

TEST_P(UndoWalk, goes_back_to_the_start_and_to_the_end_again) {
    check_property([] {
        const Program program = *any_program().as("program");
        Walked(GetParam(), program).walk();
    });
}

TIDEMARK_FOR_BOTH_STRATEGIES(UndoWalk);

}  // namespace
}  // namespace tidemark::tests

#include "support/scenario.hpp"

#include "support/compare.hpp"
#include "support/recording_observer.hpp"
#include "support/sql.hpp"
#include "support/temporary_directory.hpp"

#include <tidemark/database.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>

namespace tidemark::tests {

namespace {

enum class Way : std::uint8_t {
    flush_each_step,
    flush_at_end,
    schema_synced_too,
    in_background,
    in_calls,
    in_calls_and_background
};

bool has_no_mutex(Way way) { return way == Way::in_calls || way == Way::in_calls_and_background; }

const char* name_of(Way way) {
    switch (way) {
        case Way::flush_each_step:
            return "with a flush after each step";
        case Way::flush_at_end:
            return "with one flush at the end";
        case Way::schema_synced_too:
            return "with the schema made in RAM";
        case Way::in_background:
            return "with syncs in the background";
        case Way::in_calls:
            return "on a connection without a mutex, with a flush after each step";
        case Way::in_calls_and_background:
            return "on a connection without a mutex, with syncs in the background";
    }
    return "";
}

/// What an application can see of a step.
struct Seen {
    Outcome outcome;
    std::int64_t changes = 0;
    std::int64_t last_insert_rowid = 0;
    bool in_transaction = false;

    friend bool operator==(const Seen&, const Seen&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
        return out << seen.outcome << ", changes " << seen.changes << ", last rowid "
                   << seen.last_insert_rowid << (seen.in_transaction ? ", in a transaction" : "");
    }
};

Seen play(sqlite3* db, const Step& step) {
    Seen seen;
    seen.outcome = try_exec(db, step.sql);
    seen.changes = sqlite3_changes64(db);
    // After a failure it depends on whether the table has a trigger, ours or anyone's: SQLite then
    // checks foreign keys after the insert instead of before.
    seen.last_insert_rowid = seen.outcome.rc == SQLITE_OK ? sqlite3_last_insert_rowid(db) : 0;
    seen.in_transaction = in_transaction(db);
    return seen;
}

class Stage {
public:
    Stage(Strategy strategy, const Scenario& scenario, Way way);

    void play_all();
    void expect_the_same_after_reopening();

private:
    [[nodiscard]] Options options() const;
    void prepare(sqlite3* db) const;
    void play_step(const Step& step);
    void flush_and_compare();

    const Scenario& scenario_;
    Strategy strategy_;
    Way way_;
    TemporaryDirectory directory_;
    std::string path_ = directory_.file("kept.db");
    std::shared_ptr<RecordingObserver> observer_ = std::make_shared<RecordingObserver>();
    Plain control_;
    // In the ways that need one.
    Plain without_mutex_{":memory:",
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX};
    std::unique_ptr<Database> database_;
};

Stage::Stage(Strategy strategy, const Scenario& scenario, Way way)
    : scenario_(scenario), strategy_(strategy), way_(way) {
    prepare(control_);
    exec(control_, scenario.schema);
    if (way_ != Way::schema_synced_too) {
        const Plain file(path_);
        prepare(file);
        exec(file, scenario.schema);
    }
    database_ = std::make_unique<Database>(has_no_mutex(way_)
                                               ? Database::attach(without_mutex_, path_, options())
                                               : Database::open(path_, options()));
    prepare(database_->handle());
    if (way_ == Way::schema_synced_too) {
        exec(database_->handle(), scenario.schema);
    }
    // What was last before the first step is then the same for both.
    for (sqlite3* db : {static_cast<sqlite3*>(control_), database_->handle()}) {
        exec(db, "CREATE TEMP TABLE level(x); INSERT INTO level VALUES(1); DROP TABLE level");
    }
}

Options Stage::options() const {
    Options options;
    options.strategy = strategy_;
    const bool eager = way_ == Way::in_background || way_ == Way::in_calls_and_background;
    options.interval = eager ? std::chrono::milliseconds{0} : std::chrono::hours{1};
    options.observer = observer_;
    options.synchronous =
        Synchronous::off;  // content is looked at, not what a power failure leaves
    options.prepare_disk_connection = scenario_.prepare;
    return options;
}

void Stage::prepare(sqlite3* db) const {
    if (scenario_.prepare) {
        scenario_.prepare(db);
    }
}

void Stage::play_step(const Step& step) {
    SCOPED_TRACE("after: " + step.sql.substr(0, 400));
    const Seen expected = play(control_, step);
    const Seen seen = play(database_->handle(), step);
    EXPECT_EQ(expected.outcome.rc & 0xff, step.rc) << "without tidemark: " << expected;
    EXPECT_EQ(seen, expected);
    if ((way_ == Way::flush_each_step || way_ == Way::in_calls) && !seen.in_transaction) {
        flush_and_compare();
    }
}

void Stage::play_all() {
    for (const Step& step : scenario_.steps) {
        play_step(step);
        if (::testing::Test::HasFailure()) {
            return;  // what follows would only repeat it
        }
    }
    flush_and_compare();
    EXPECT_TRUE(same(control_, database_->handle())) << "(plain SQLite first, RAM second)";

    const bool rows_alone = scenario_.incremental && way_ != Way::schema_synced_too;
    const Status status = database_->status();
    if (rows_alone) {
        EXPECT_EQ(status.whole_copies, 0U)
            << "rows alone were synced by copying the whole database";
    }
    EXPECT_EQ(status.pending_changes, 0U);
    EXPECT_FALSE(status.last_error.has_value());
    for (const auto& [error, pending] : observer_->heard().failures) {
        ADD_FAILURE() << "a sync failed: " << error.what();
    }
}

void Stage::flush_and_compare() {
    try {
        database_->flush();
    } catch (const Error& error) {
        ADD_FAILURE() << "flush: " << error.what();
    }
    // Not same_on_disk(): the connection may need what the scenario registers.
    const Plain disk(path_);
    prepare(disk);
    EXPECT_EQ(integrity(disk), "ok");
    EXPECT_TRUE(same(database_->handle(), disk)) << "(RAM first, disk second)";
}

void Stage::expect_the_same_after_reopening() {
    database_->close();
    database_ = std::make_unique<Database>(Database::open(path_, options()));
    prepare(database_->handle());
    EXPECT_TRUE(same(control_, database_->handle())) << "(plain SQLite first, opened again second)";
    database_->close();
}

}  // namespace

void expect_kept(Strategy strategy, const Scenario& scenario) {
    for (const Way way : {Way::flush_each_step, Way::flush_at_end, Way::schema_synced_too,
                          Way::in_background, Way::in_calls, Way::in_calls_and_background}) {
        SCOPED_TRACE(name_of(way));
        Stage stage(strategy, scenario, way);
        stage.play_all();
        if (::testing::Test::HasFailure()) {
            return;
        }
        stage.expect_the_same_after_reopening();
    }
}

}  // namespace tidemark::tests

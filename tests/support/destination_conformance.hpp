#pragma once

// What every `tidemark::Destination` must do, as typed tests of GoogleTest. Needs nothing of tidemark's
// but its public headers, so that it can be used for an implementation of your own:
//
//     struct MySubject {
//         explicit MySubject(const std::string& folder);           // an empty one, for this test alone
//         std::shared_ptr<tidemark::Destination> open();           // the same place, each time anew
//         std::vector<tidemark::conformance::Row> rows(const std::string& table);  // what it holds
//     };
//     INSTANTIATE_TYPED_TEST_SUITE_P(Mine, DestinationConformance, MySubject);
//
// in namespace tidemark::conformance. `rows` is called while nobody has the destination open, and returns
// the rows in any order, each with the values of its columns in their order as `text` writes them; none
// for a table that is not there.

#include <tidemark/tidemark.hpp>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

namespace tidemark::conformance {

/// A row as text: values of different storage classes never look alike.
using Row = std::vector<std::string>;

[[nodiscard]] inline std::string text(std::nullptr_t) { return "null"; }
[[nodiscard]] inline std::string text(std::int64_t value) {
    return "integer " + std::to_string(value);
}
[[nodiscard]] inline std::string text(double value) {
    char digits[40];
    std::snprintf(digits, sizeof digits, "real %.17g", value);
    return digits;
}
[[nodiscard]] inline std::string text(std::string_view value) {
    return "text " + std::string(value);
}
[[nodiscard]] inline std::string blob_text(std::string_view bytes) {
    std::string shown = "blob ";
    for (const char byte : bytes) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(byte) & 0xffU);
        shown += digits;
    }
    return shown;
}

/// The value of a row that SQLite returns.
[[nodiscard]] inline std::string text(sqlite3_stmt* statement, int column) {
    const auto bytes = [&] {
        const void* begin = sqlite3_column_blob(statement, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        return size == 0 ? std::string_view()
                         : std::string_view(static_cast<const char*>(begin), size);
    };
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_INTEGER:
            return text(std::int64_t{sqlite3_column_int64(statement, column)});
        case SQLITE_FLOAT:
            return text(sqlite3_column_double(statement, column));
        case SQLITE_TEXT:
            return text(bytes());
        case SQLITE_BLOB:
            return blob_text(bytes());
        default:
            return text(nullptr);
    }
}

/// All rows of a table of a SQLite database.
[[nodiscard]] inline std::vector<Row> rows_of(sqlite3* connection, const std::string& table) {
    sqlite3_stmt* statement = nullptr;
    const std::string sql = "SELECT * FROM \"" + table + "\"";
    sqlite3_prepare_v2(connection, sql.c_str(), -1, &statement, nullptr);
    std::vector<Row> rows;
    while (statement != nullptr && sqlite3_step(statement) == SQLITE_ROW) {
        Row& row = rows.emplace_back();
        for (int i = 0; i < sqlite3_column_count(statement); ++i) {
            row.push_back(text(statement, i));
        }
    }
    sqlite3_finalize(statement);
    return rows;
}

inline void run(sqlite3* connection, const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return;
    const std::string reason = message != nullptr ? message : "no memory";
    sqlite3_free(message);
    throw std::runtime_error(sql + ": " + reason);
}

/// Stands before a destination, and fails when it is told to: before a call is passed on, or after it has
/// been carried out.
class Troubled : public Destination {
public:
    enum class When { never, before, after };

    explicit Troubled(std::shared_ptr<Destination> inner) : inner_(std::move(inner)) {}

    /// Every `period`-th call of `load` and `apply` fails.
    void fail(When when, int period) {
        when_ = when;
        period_ = period;
    }
    [[nodiscard]] int failures() const noexcept { return failures_; }

    std::optional<DestinationMark> mark() override { return inner_->mark(); }
    void load(const Changes& content, const DestinationMark& mark) override {
        pass([&] { inner_->load(content, mark); });
    }
    void apply(const Changes& batch, const DestinationMark& mark) override {
        pass([&] { inner_->apply(batch, mark); });
    }
    void disconnect() noexcept override { inner_->disconnect(); }

private:
    template <typename Call>
    void pass(Call call) {
        const bool fails = when_ != When::never && ++calls_ % period_ == 0;
        if (fails && when_ == When::before) give_up();
        call();
        if (fails) give_up();
    }
    void give_up() {
        ++failures_;
        throw std::runtime_error("as the test wants it");
    }

    std::shared_ptr<Destination> inner_;
    When when_ = When::never;
    int period_ = 1;
    int calls_ = 0;
    int failures_ = 0;
};

/// Keeps everything that it is given.
class Keeper : public Destination {
public:
    std::vector<std::pair<Changes, DestinationMark>> loads;
    std::vector<std::pair<Changes, DestinationMark>> batches;

    std::optional<DestinationMark> mark() override { return mark_; }
    void load(const Changes& content, const DestinationMark& mark) override {
        loads.emplace_back(content, mark);
        mark_ = mark;
    }
    void apply(const Changes& batch, const DestinationMark& mark) override {
        batches.emplace_back(batch, mark);
        mark_ = mark;
    }

private:
    std::optional<DestinationMark> mark_;
};

template <typename Subject>
class DestinationConformance : public ::testing::Test {
protected:
    DestinationConformance() {
        std::string name = (std::filesystem::temp_directory_path() / "destination-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
        folder_ = name;
        std::filesystem::create_directory(folder_ / "subject");
        subject_.emplace((folder_ / "subject").string());
    }
    ~DestinationConformance() override {
        database_.reset();
        subject_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    [[nodiscard]] Subject& subject() { return *subject_; }
    [[nodiscard]] std::string database_path() const { return (folder_ / "kept.db").string(); }

    /// Without a destination when it is null.
    void open(std::shared_ptr<Destination> destination) {
        Options options;
        options.strategy = Strategy::trigger;
        options.interval = std::chrono::hours{1};
        options.synchronous = Synchronous::off;
        options.retry_pause_first = std::chrono::milliseconds{1};
        options.retry_pause_max = std::chrono::milliseconds{1};
        options.history.enabled = true;
        if (destination) {
            options.destinations.push_back({.name = "subject", .destination = destination});
        }
        database_.emplace(Database::open(database_path(), options));
    }
    /// One batch.
    void change(const std::string& sql) {
        run(database_->handle(), sql);
        database_->flush();
    }
    /// Waits until the destination is where the database is, which fails the test when it cannot get
    /// there, and closes both.
    void catch_up_and_close(const std::vector<std::string>& tables) {
        std::vector<std::vector<Row>> expected;
        for (const std::string& table : tables) {
            expected.push_back(sorted(rows_of(database_->handle(), table)));
        }
        wait_until_caught_up();
        database_->close();
        database_.reset();
        for (std::size_t i = 0; i < tables.size(); ++i) {
            EXPECT_EQ(sorted(subject().rows(tables[i])), expected[i]) << "table " << tables[i];
        }
    }
    void close_without_looking() {
        database_->close();
        database_.reset();
    }

    void wait_until_caught_up() {
        database_->flush();
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        while (std::chrono::steady_clock::now() < until) {
            const DestinationStatus status = database_->status().destinations.at(0);
            ASSERT_FALSE(status.stopped) << status.last_error->what();
            if (status.mark && status.lag_batches == 0 && !status.last_error) return;
            ::usleep(500);
        }
        FAIL() << "it does not catch up";
    }

    [[nodiscard]] static std::vector<Row> sorted(std::vector<Row> rows) {
        std::sort(rows.begin(), rows.end());
        return rows;
    }

    /// What a database of its own gives to a destination: a content, and two batches after it.
    std::shared_ptr<Keeper> keep() {
        open(nullptr);
        change(
            "CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 'one'), (2, 'two')");
        close_without_looking();
        auto keeper = std::make_shared<Keeper>();
        open(keeper);
        wait_until_caught_up();
        change("INSERT INTO t VALUES(3, 'three')");
        change("DELETE FROM t WHERE k = 1");
        wait_until_caught_up();
        close_without_looking();
        return keeper;
    }

private:
    std::filesystem::path folder_;
    std::optional<Subject> subject_;
    std::optional<Database> database_;
};

TYPED_TEST_SUITE_P(DestinationConformance);

TYPED_TEST_P(DestinationConformance, has_no_mark_before_it_has_anything) {
    const std::shared_ptr<Destination> destination = this->subject().open();
    EXPECT_EQ(destination->mark(), std::nullopt);
    destination->disconnect();
    EXPECT_EQ(destination->mark(), std::nullopt);
    destination->disconnect();
}

TYPED_TEST_P(DestinationConformance, begins_with_what_the_database_holds) {
    this->open(nullptr);
    this->change(
        "CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(1, 'one'), (2, NULL)");
    this->change("CREATE TABLE n(v); INSERT INTO n VALUES('same'), ('same')");
    this->close_without_looking();
    this->open(this->subject().open());
    this->catch_up_and_close({"t", "n"});
}

TYPED_TEST_P(DestinationConformance, gets_inserts_updates_and_deletes) {
    this->open(this->subject().open());
    this->change("CREATE TABLE t(k INTEGER PRIMARY KEY, a, b UNIQUE); CREATE TABLE n(v)");
    this->change(
        "INSERT INTO t VALUES(1, 'x', 1), (2, 'y', 2), (3, 'z', 3); INSERT INTO n VALUES(7), (7)");
    this->change("UPDATE t SET a = 'changed' WHERE k = 1; DELETE FROM t WHERE k = 2");
    this->change("UPDATE t SET k = 10 WHERE k = 3; UPDATE n SET v = 8 WHERE rowid = 1");
    this->change("INSERT OR REPLACE INTO t VALUES(11, 'in the place of another', 1)");
    this->change("DELETE FROM n");
    this->change("INSERT INTO n VALUES(1), (2), (3)");
    this->catch_up_and_close({"t", "n"});
}

TYPED_TEST_P(DestinationConformance, keeps_values_as_they_are) {
    this->open(this->subject().open());
    this->change("CREATE TABLE v(k INTEGER PRIMARY KEY, v)");
    this->change(
        "INSERT INTO v(v) VALUES(NULL), (0), (9223372036854775807), (-9223372036854775808),"
        " (1.0), (-0.5), (0.1), (1e300), (5e-324), (''), ('text'), ('it''s \"quoted\" \\ '),"
        " (char(0x1F600, 10, 9, 1)), (x''), (x'00ff10'), (zeroblob(3000)), ('5'), (5)");
    this->change(
        "UPDATE v SET v = CASE typeof(v) WHEN 'integer' THEN v / 2 ELSE v || 'x' END"
        " WHERE k % 2 = 0");
    this->catch_up_and_close({"v"});
}

TYPED_TEST_P(DestinationConformance, follows_the_schema) {
    this->open(this->subject().open());
    this->change("CREATE TABLE t(k INTEGER PRIMARY KEY, v); CREATE TABLE gone(v)");
    this->change("INSERT INTO t VALUES(1, 'one'); INSERT INTO gone VALUES(1)");
    this->change("ALTER TABLE t ADD COLUMN w DEFAULT 5; INSERT INTO t VALUES(2, 'two', 2)");
    this->change("DROP TABLE gone; CREATE TABLE fresh(v); INSERT INTO fresh VALUES(1)");
    this->change("ALTER TABLE t RENAME TO renamed; UPDATE renamed SET w = 9 WHERE k = 1");
    this->catch_up_and_close({"renamed", "fresh", "gone", "t"});
}

TYPED_TEST_P(DestinationConformance, goes_on_where_it_was) {
    for (int round = 0; round < 4; ++round) {
        this->open(this->subject().open());
        this->change("CREATE TABLE IF NOT EXISTS t(k INTEGER PRIMARY KEY, v)");
        this->change("INSERT INTO t(v) VALUES('a'), ('b'); UPDATE t SET v = v || 'c'");
        this->catch_up_and_close({"t"});
    }
}

TYPED_TEST_P(DestinationConformance, gets_what_has_happened_while_it_was_away) {
    this->open(this->subject().open());
    this->change("CREATE TABLE t(k INTEGER PRIMARY KEY, v)");
    this->catch_up_and_close({"t"});
    this->open(nullptr);
    for (int i = 0; i < 50; ++i) this->change("INSERT INTO t(v) VALUES(1); UPDATE t SET v = v + 1");
    this->close_without_looking();
    this->open(this->subject().open());
    this->catch_up_and_close({"t"});
}

TYPED_TEST_P(DestinationConformance, does_nothing_twice_when_a_call_has_failed_behind_its_commit) {
    const auto troubled = std::make_shared<Troubled>(this->subject().open());
    troubled->fail(Troubled::When::after, 3);
    this->open(troubled);
    this->change("CREATE TABLE n(v)");
    for (int i = 0; i < 20; ++i) this->change("INSERT INTO n VALUES(1); UPDATE n SET v = v + 1");
    this->catch_up_and_close({"n"});
    EXPECT_GT(troubled->failures(), 2);
}

TYPED_TEST_P(DestinationConformance, leaves_nothing_out_when_a_call_has_failed) {
    const auto troubled = std::make_shared<Troubled>(this->subject().open());
    troubled->fail(Troubled::When::before, 2);
    this->open(troubled);
    this->change("CREATE TABLE n(v)");
    for (int i = 0; i < 20; ++i) this->change("INSERT INTO n VALUES(1); UPDATE n SET v = v + 1");
    this->catch_up_and_close({"n"});
    EXPECT_GT(troubled->failures(), 2);
}

TYPED_TEST_P(DestinationConformance, keeps_the_mark_that_it_was_given) {
    const std::shared_ptr<Keeper> keeper = this->keep();
    const std::shared_ptr<Destination> destination = this->subject().open();
    ASSERT_EQ(destination->mark(), std::nullopt);
    const auto& [content, at] = keeper->loads.at(0);
    destination->load(content, at);
    EXPECT_EQ(destination->mark(), at);
    for (const auto& [batch, mark] : keeper->batches) {
        destination->apply(batch, mark);
        EXPECT_EQ(destination->mark(), mark);
    }
    destination->disconnect();
    EXPECT_EQ(destination->mark(), keeper->batches.back().second);
    destination->disconnect();
    const std::shared_ptr<Destination> another = this->subject().open();
    EXPECT_EQ(another->mark(), keeper->batches.back().second);
    another->disconnect();
}

TYPED_TEST_P(DestinationConformance, replaces_everything_when_it_is_loaded_again) {
    const std::shared_ptr<Keeper> keeper = this->keep();
    const std::shared_ptr<Destination> destination = this->subject().open();
    ASSERT_EQ(destination->mark(), std::nullopt);
    const auto& [content, at] = keeper->loads.at(0);
    destination->load(content, at);
    destination->apply(keeper->batches.at(0).first, keeper->batches.at(0).second);
    const DestinationMark elsewhere{.source = std::string(32, 'a'), .batch = 77};
    destination->load(content, elsewhere);
    EXPECT_EQ(destination->mark(), elsewhere);
    destination->disconnect();
    EXPECT_EQ(this->sorted(this->subject().rows("t")),
              (std::vector<Row>{{text(std::int64_t{1}), text(std::string_view("one"))},
                                {text(std::int64_t{2}), text(std::string_view("two"))}}));
}

REGISTER_TYPED_TEST_SUITE_P(DestinationConformance, has_no_mark_before_it_has_anything,
                            begins_with_what_the_database_holds, gets_inserts_updates_and_deletes,
                            keeps_values_as_they_are, follows_the_schema, goes_on_where_it_was,
                            gets_what_has_happened_while_it_was_away,
                            does_nothing_twice_when_a_call_has_failed_behind_its_commit,
                            leaves_nothing_out_when_a_call_has_failed,
                            keeps_the_mark_that_it_was_given,
                            replaces_everything_when_it_is_loaded_again);

}  // namespace tidemark::conformance

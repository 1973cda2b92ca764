#include "logic/player.hpp"

#include "logic/result.hpp"
#include "support/fixture.hpp"

#include <map>
#include <ostream>
#include <random>

namespace tidemark::tests::logic {

namespace {

constexpr double flush_probability = 0.06;
constexpr std::size_t values_shown_max = 20;

std::string shown(const std::vector<std::string>& values) {
    std::string out;
    for (const std::string& value : values) {
        out += (out.empty() ? "" : " | ") + value;
        if (out.size() > 600) {
            return out + " ...";
        }
    }
    return out;
}

std::string difference(const std::vector<std::string>& values,
                       const std::vector<std::string>& expected) {
    std::string out = "expected: " + shown(expected) + "\n     got: " + shown(values);
    return values.size() > values_shown_max ? out + "\n          " + hashed(values) : out;
}

/// Plays records on a connection and gathers what went wrong.
class Player {
public:
    Player(const Script& script, sqlite3* db) : script_(script), db_(db) {}

    void play(const Record& record) {
        line_ = record.line;
        if (const auto* query = std::get_if<QueryRecord>(&record.kind)) {
            play_query(record, *query);
        } else {
            play_statement(record, std::get<StatementRecord>(record.kind).succeeds);
        }
    }
    void fail(const std::string& message) { failures_.push_back({script_.file, line_, message}); }
    void expect(const ::testing::AssertionResult& result, const std::string& what) {
        if (!result) {
            fail(what + ": " + result.message());
        }
    }
    [[nodiscard]] Failures take_failures() { return std::move(failures_); }

private:
    void play_statement(const Record& record, bool succeeds) {
        const Outcome outcome = try_exec(db_, record.sql);
        if ((outcome.rc == SQLITE_OK) != succeeds) {
            fail(succeeds ? outcome.message + ": " + record.sql
                          : "an error is expected, SQLite saw none: " + record.sql);
        }
    }

    void play_query(const Record& record, const QueryRecord& query) {
        try {
            const auto values = run_query(db_, record.sql, query);
            if (query.expected && !matches(values, *query.expected)) {
                fail(record.sql + "\n" + difference(values, *query.expected));
            }
            check_label(query.label, values);
        } catch (const SqlError& error) {
            fail(error.what());
        }
    }

    void check_label(const std::string& label, const std::vector<std::string>& values) {
        if (label.empty()) {
            return;
        }
        const auto [first, is_first] = labels_.try_emplace(label, line_, hashed(values));
        if (!is_first && first->second.second != hashed(values)) {
            fail("another result than that of line " + std::to_string(first->second.first) +
                 ", which has the same label " + label);
        }
    }

    const Script& script_;
    sqlite3* db_;
    int line_ = 0;
    std::map<std::string, std::pair<int, std::string>> labels_;
    Failures failures_;
};

Options options_of(const Keeping& keeping) {
    Options options = keeping.options;
    options.interval = keeping.syncing == Syncing::in_background ? std::chrono::milliseconds{0}
                                                                 : std::chrono::hours{1};
    options.synchronous =
        Synchronous::off;  // content is looked at, not what a power failure leaves
    return options;
}

/// A script on a database that is kept.
class Kept {
public:
    Kept(const Script& script, const Keeping& keeping)
        : script_(script),
          options_(options_of(keeping)),
          random_(keeping.seed),
          database_(Database::open(path_, options_)),
          player_(script, database_.handle()) {}

    Failures play() {
        for (const Record& record : script_.records) {
            player_.play(record);
            if (std::bernoulli_distribution(flush_probability)(random_)) {
                flush_and_compare();
            }
        }
        end_transaction(database_.handle());
        flush_and_compare();
        compare_reopened_with_plain();
        return player_.take_failures();
    }

private:
    /// A flush cannot end before a transaction does.
    void flush_and_compare() {
        if (in_transaction(database_.handle())) {
            return;
        }
        database_.flush();
        player_.expect(same_on_disk(database_.handle(), path_), "RAM first, disk second");
    }

    void compare_reopened_with_plain() {
        const Plain plain;
        (void)logic::play(script_, plain);  // what fails there has failed here too
        end_transaction(plain);
        database_.close();
        database_ = Database::open(path_, options_);
        player_.expect(same(plain, database_.handle()), "plain SQLite first, opened again second");
    }

    static void end_transaction(sqlite3* db) {
        if (in_transaction(db)) {
            exec(db, "ROLLBACK");
        }
    }

    const Script& script_;
    TemporaryDirectory directory_;
    std::string path_ = directory_.file("kept.db");
    Options options_;
    std::mt19937_64 random_;
    Database database_;
    Player player_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Failure& failure) {
    return out << failure.file << ':' << failure.line << ": " << failure.message;
}

const char* to_string(Syncing syncing) noexcept {
    return syncing == Syncing::in_background ? "in_background" : "on_flush_only";
}

Failures play(const Script& script, sqlite3* db) {
    Player player(script, db);
    for (const Record& record : script.records) {
        player.play(record);
    }
    return player.take_failures();
}

Failures play_kept(const Script& script, const Keeping& keeping) {
    return Kept(script, keeping).play();
}

}  // namespace tidemark::tests::logic

#include "fault/workload.hpp"

#include <random>
#include <utility>

namespace tidemark::tests {
namespace {

class Writer {
public:
    explicit Writer(std::uint32_t seed) : random_(seed) {}

    void transaction(const std::string& sql) {
        // Tells two states apart that would otherwise look the same.
        ++count_;
        steps_.push_back({.sql = "BEGIN; " + sql + "; UPDATE progress SET k = " +
                                 std::to_string(count_) + "; COMMIT"});
    }
    void statement(std::string sql) { steps_.push_back({.sql = std::move(sql)}); }
    void flush() { steps_.push_back({.kind = WorkloadStep::Kind::flush}); }
    void reopen() { steps_.push_back({.kind = WorkloadStep::Kind::reopen}); }

    void checkpoint() { steps_.push_back({.kind = WorkloadStep::Kind::checkpoint}); }

    void rows(int transactions) {
        for (int i = 0; i < transactions; ++i) transaction(change_rows());
    }

    [[nodiscard]] std::string number(unsigned below) { return std::to_string(random_() % below); }
    [[nodiscard]] Workload take() { return std::move(steps_); }

private:
    std::string change_rows() {
        std::string sql = "INSERT INTO ledger(k, payload) VALUES(" + number(1000) +
                          ", printf('%.*c', " + number(900) + ", 'x'))";
        sql += "; INSERT INTO account VALUES('a" + number(12) + "', " + number(100) +
               ") ON CONFLICT(name) DO UPDATE SET balance = balance + excluded.balance";
        sql += "; INSERT INTO bag VALUES(" + number(50) + " / 7.0, NULL)";
        sql += "; DELETE FROM bag WHERE rowid % 5 = " + number(5);
        sql += "; INSERT OR REPLACE INTO slot(id, name) VALUES(" + number(9) + ", 's" + number(9) +
               "')";
        if (random_() % 3 == 0) sql += "; DELETE FROM ledger WHERE id % 4 = " + number(4);
        if (random_() % 4 == 0) sql += "; PRAGMA user_version = " + number(1000);
        return sql;
    }

    std::minstd_rand random_;
    int count_ = 0;
    Workload steps_;
};

constexpr const char* tables =
    "CREATE TABLE progress(id INTEGER PRIMARY KEY, k INT); INSERT INTO progress VALUES(1, 0);"
    "CREATE TABLE ledger(id INTEGER PRIMARY KEY AUTOINCREMENT, k INT, payload TEXT);"
    "CREATE INDEX ledger_by_k ON ledger(k);"
    "CREATE TABLE account(name TEXT PRIMARY KEY NOT NULL, balance INT) WITHOUT ROWID;"
    "CREATE TABLE bag(value, other);"
    "CREATE TABLE slot(id INTEGER PRIMARY KEY, name TEXT UNIQUE);"
    "CREATE TABLE big(id INTEGER PRIMARY KEY, body BLOB)";

}  // namespace

Workload make_workload(std::uint32_t seed) {
    Writer writer(seed);
    writer.transaction(tables);
    writer.rows(3);
    writer.flush();
    writer.rows(2);
    writer.transaction(
        "INSERT INTO big VALUES(1, printf('%.*c', 21000, 'b')), (2, zeroblob(9000))");
    writer.flush();
    writer.checkpoint();
    writer.transaction("ALTER TABLE slot ADD COLUMN note DEFAULT 'none'; DROP INDEX ledger_by_k");
    writer.rows(2);
    writer.transaction("CREATE TABLE extra(x PRIMARY KEY, y); INSERT INTO extra VALUES(1, 2.5)");
    writer.flush();
    writer.checkpoint();
    writer.transaction("UPDATE big SET body = body || zeroblob(5000) WHERE id = 1");
    writer.rows(2);
    writer.reopen();
    writer.rows(1);
    writer.flush();
    writer.statement("PRAGMA page_size = 1024");
    writer.statement("VACUUM");
    writer.rows(2);
    writer.flush();
    writer.transaction("DROP TABLE extra; CREATE INDEX slot_by_note ON slot(note)");
    writer.transaction("DELETE FROM big; DELETE FROM ledger");
    writer.flush();
    writer.checkpoint();
    writer.rows(1);
    return writer.take();
}

Workload make_large_workload() {
    Writer writer(1);
    writer.statement("PRAGMA page_size = 512");
    writer.transaction(tables);
    writer.flush();
    for (int i = 0; i < 2; ++i) {
        writer.transaction("INSERT INTO big(body) VALUES(zeroblob(300000)), (zeroblob(250000))");
        writer.flush();
        writer.rows(1);
        writer.flush();
    }
    return writer.take();
}

Workload make_short_workload() {
    Writer writer(1);
    writer.transaction(
        "CREATE TABLE IF NOT EXISTS progress(id INTEGER PRIMARY KEY, k INT);"
        "INSERT OR REPLACE INTO progress VALUES(1, 0); CREATE TABLE mine(x)");
    writer.flush();
    writer.transaction("INSERT INTO mine VALUES(1), (zeroblob(6000))");
    return writer.take();
}

std::string one_more_transaction() {
    return "BEGIN; CREATE TABLE IF NOT EXISTS more(x, y);"
           "INSERT INTO more VALUES(1, zeroblob(2000)), (2, 'two'); COMMIT";
}

std::string content_of_strangers() {
    return "PRAGMA synchronous=OFF; PRAGMA user_version = 7;"
           "CREATE TABLE theirs(id INTEGER PRIMARY KEY, body); CREATE INDEX theirs_i ON "
           "theirs(body);"
           "INSERT INTO theirs VALUES(1, zeroblob(5000)), (2, 'two'), (3, 3.5)";
}

}  // namespace tidemark::tests

// The RAM connection in the hands of several threads while the sync thread takes a batch every
// millisecond. ThreadSanitizer looks for races; the tests look for what a race would do to content.

#include "support/fixture.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

class Threads : public KeptDatabase {
protected:
    void SetUp() override {
        // Two balances whose sum never changes, and tables of both kinds of capture.
        prepare_file(
            "CREATE TABLE account(id INTEGER PRIMARY KEY, balance INT); INSERT INTO account "
            "VALUES(1, 1000), (2, 1000);"
            "CREATE TABLE entry(id INTEGER PRIMARY KEY AUTOINCREMENT, who INT, amount INT); CREATE "
            "TABLE nokey(who, n)");
        Options options = KeptDatabase::options();
        options.interval = 1ms;
        open(options);
    }

    /// One transaction of several rows, held together by the connection's mutex: a transaction
    /// belongs to the connection, so threads that share one must not mix theirs.
    void transfer(int who, int n) {
        sqlite3_mutex* const mutex = sqlite3_db_mutex(ram());
        sqlite3_mutex_enter(mutex);
        const int amount = n % 7 - 3;
        run("BEGIN");
        run("UPDATE account SET balance = balance - ?1 WHERE id = 1", {amount});
        run("INSERT INTO entry(who, amount) VALUES(?1, ?2)", {who, amount});
        run("INSERT INTO nokey VALUES(?1, ?2)", {who, n});
        run("UPDATE account SET balance = balance + ?1 WHERE id = 2", {amount});
        run(n % 10 == 9 ? "ROLLBACK" : "COMMIT");
        sqlite3_mutex_leave(mutex);
    }

    /// The same without a lock around it: single statements from every thread.
    void insert(int who, int n) { run("INSERT INTO nokey VALUES(?1, ?2)", {who, n}); }

    /// Runs each function in a thread of its own, and waits for all.
    static void together(const std::vector<std::function<void()>>& functions) {
        std::vector<std::jthread> threads;
        for (const auto& function : functions) {
            threads.emplace_back(function);
        }
    }

    void expect_balanced_on_disk() const {
        const Plain disk(path());
        exec(disk, "BEGIN");
        EXPECT_EQ(query_one(disk, "SELECT sum(balance) FROM account"), Cell(2000));
        EXPECT_EQ(query_one(disk, "SELECT 1000 - balance FROM account WHERE id = 1"),
                  query_one(disk, "SELECT ifnull(sum(amount), 0) FROM entry"));
        EXPECT_EQ(query_one(disk, "SELECT count(*) FROM entry"),
                  query_one(disk, "SELECT count(*) FROM nokey WHERE who < 100"));
    }

    static constexpr int rounds = 1000;
};

TEST_P(Threads, a_writer_and_a_reader_while_syncing) {
    std::atomic<bool> writing{true};
    together({[&] {
                  for (int n = 0; n < rounds; ++n) {
                      transfer(1, n);
                  }
                  writing = false;
              },
              [&] {
                  while (writing) {
                      sqlite3_mutex* const mutex = sqlite3_db_mutex(ram());
                      sqlite3_mutex_enter(mutex);
                      EXPECT_EQ(query_one(ram(), "SELECT sum(balance) FROM account"), Cell(2000));
                      sqlite3_mutex_leave(mutex);
                  }
              },
              [&] {
                  while (writing) {
                      expect_balanced_on_disk();
                  }
              }});
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT count(*) FROM entry"), Rows{{rounds * 9 / 10}});
    EXPECT_TRUE(observer().heard().failures.empty());
}

TEST_P(Threads, several_writers_while_syncing) {
    std::vector<std::function<void()>> writers;
    for (int who = 0; who < 4; ++who) {
        writers.emplace_back([this, who] {
            for (int n = 0; n < rounds / 2; ++n) {
                transfer(who, n);
            }
        });
    }
    together(writers);
    flush_and_expect_same();
    expect_balanced_on_disk();
    EXPECT_EQ(on_disk("SELECT count(*) FROM entry"), Rows{{4 * rounds / 2 * 9 / 10}});
}

TEST_P(Threads, single_statements_of_several_writers_without_any_lock) {
    std::vector<std::function<void()>> writers;
    for (int who = 0; who < 3; ++who) {
        writers.emplace_back([this, who] {
            for (int n = 0; n < rounds; ++n) {
                insert(100 + who, n);
            }
        });
    }
    together(writers);
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT count(*), count(DISTINCT who || '/' || n) FROM nokey"),
              (Rows{{3 * rounds, 3 * rounds}}));
}

TEST_P(Threads, the_status_polled_from_another) {
    std::atomic<bool> writing{true};
    together({[&] {
                  for (int n = 0; n < rounds; ++n) {
                      transfer(1, n);
                  }
                  writing = false;
              },
              [&] {
                  std::uint64_t mark = 0;
                  while (writing) {
                      const Status status = database().status();
                      EXPECT_GE(status.mark, mark) << "the mark only grows";
                      mark = status.mark;
                      EXPECT_GE(status.tables.size(), 3U);
                      EXPECT_FALSE(status.last_error.has_value());
                  }
              }});
    flush_and_expect_same();
    EXPECT_EQ(database().status().pending_changes, 0U);
}

TEST_P(Threads, flushes_of_several_acknowledge_what_each_has_committed) {
    std::vector<std::function<void()>> writers;
    for (int who = 0; who < 4; ++who) {
        writers.emplace_back([this, who] {
            for (int n = 0; n < 30; ++n) {
                insert(100 + who, n);
                database().flush();
                const std::string count =
                    "SELECT count(*) FROM nokey WHERE who = " + std::to_string(100 + who);
                EXPECT_EQ(on_disk(count), Rows{{n + 1}});
            }
        });
    }
    together(writers);
    flush_and_expect_same();
}

TEST_P(Threads, verify_while_others_write) {
    std::atomic<bool> writing{true};
    together({[&] {
                  for (int n = 0; n < rounds; ++n) {
                      transfer(1, n);
                  }
                  writing = false;
              },
              [&] {
                  while (writing) {
                      const VerifyReport report = database().verify();
                      EXPECT_TRUE(report.equal()) << ::testing::PrintToString(report.differences);
                  }
              }});
    flush_and_expect_same();
}

TEST_P(Threads, changes_of_the_schema_by_one_and_writes_by_another) {
    together({[&] {
                  for (int n = 0; n < rounds; ++n) {
                      transfer(1, n);
                  }
              },
              [&] {
                  // Under the lock: not in the middle of the other thread's transaction.
                  sqlite3_mutex* const mutex = sqlite3_db_mutex(ram());
                  for (int n = 0; n < 20; ++n) {
                      const std::string table = "made" + std::to_string(n);
                      sqlite3_mutex_enter(mutex);
                      run("CREATE TABLE " + table + "(x); INSERT INTO " + table + " VALUES(1)");
                      sqlite3_mutex_leave(mutex);
                      database().flush();
                      sqlite3_mutex_enter(mutex);
                      run(n % 2 == 0 ? "DROP TABLE " + table
                                     : "ALTER TABLE " + table + " ADD COLUMN y DEFAULT 2");
                      sqlite3_mutex_leave(mutex);
                  }
              }});
    flush_and_expect_same();
    expect_balanced_on_disk();
}

TEST_P(Threads, a_write_half_stepped_by_one_never_reaches_the_disk) {
    Statement insert(ram(),
                     "INSERT INTO entry(who, amount) VALUES(50, 1), (50, 2), (50, 3) RETURNING id");
    ASSERT_TRUE(insert.step());
    std::atomic<bool> reading{true};
    together({[&] {
                  for (int tick = 0; tick < 20; ++tick) {
                      EXPECT_THROW(database().flush(2ms), Error);
                      EXPECT_EQ(on_disk("SELECT count(*) FROM entry"), Rows{{0}});
                  }
                  reading = false;
              },
              [&] {
                  while (reading) {
                      (void)database().status();
                      std::this_thread::yield();
                  }
              }});
    while (insert.step()) {
    }
    insert.reset();
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT count(*) FROM entry"), Rows{{3}});
}

// The limit is so low that what is pending has to be coalesced, or measured, all the time.
TEST_P(Threads, a_hot_row_while_the_queue_is_read_and_little_may_be_pending) {
    close();
    Options options = KeptDatabase::options();
    options.cut_changes = 0;
    options.cut_bytes = 0;
    options.pending_bytes_max = 256U << 10U;
    open(options);
    std::atomic<int> writing{2};
    const auto write = [&] {
        for (int n = 0; n < 4 * rounds; ++n) {
            while (try_exec(ram(), "UPDATE account SET balance = balance + 1").rc == SQLITE_FULL) {
                std::this_thread::sleep_for(1ms);
            }
        }
        --writing;
    };
    together({write, write, [&] {
                  while (writing > 0) {
                      const Status status = database().status();
                      if (status.strategy == Strategy::trigger) {
                          (void)query(ram(), "SELECT id, record_data FROM _sync_queue");
                      }
                      database().flush();
                      std::this_thread::sleep_for(20ms);
                  }
              }});
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT sum(balance) FROM account"), Rows{{2000 + 2 * 2 * 4 * rounds}});
    EXPECT_EQ(database().status().whole_copies, 0U);
    EXPECT_TRUE(observer().heard().failures.empty());
}

// What sessions hold is sealed in the background: each time all of these rows have changed.
TEST_P(Threads, wide_rows_of_which_much_gathers_between_two_syncs) {
    run("CREATE TABLE wide(id INTEGER PRIMARY KEY, n INT, payload TEXT);"
        "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 100) "
        "INSERT INTO wide SELECT n, 0, hex(zeroblob(1500)) FROM i");
    close();
    open(KeptDatabase::options());
    std::atomic<int> writing{2};
    const auto write = [&] {
        for (int n = 0; n < 2 * rounds; ++n) {
            run("UPDATE wide SET n = n + 1 WHERE id = ?1", {n % 100 + 1});
            if (n % 10 == 0) transfer(1, n);
        }
        --writing;
    };
    together({write, write, [&] {
                  while (writing > 0) {
                      database().flush();
                      EXPECT_EQ(on_disk("SELECT 2000 - sum(balance) FROM account"), Rows{{0}});
                      std::this_thread::sleep_for(50ms);
                  }
              }});
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT sum(n) FROM wide"), Rows{{2 * 2 * rounds}});
    EXPECT_TRUE(observer().heard().failures.empty());
}

// Also not for the moment in which a cut moves them from the log into a batch.
TEST_P(Threads, what_is_not_on_disk_is_pending_whoever_looks_and_whenever) {
    close();
    Options options = KeptDatabase::options();
    options.interval = 1ms;
    options.busy_timeout = 0ms;
    options.retry_pause_first = 1ms;
    options.retry_pause_max = 1ms;
    open(options);
    const Plain other(path());
    int missed = 0;
    for (int n = 0; n < 100; ++n) {
        database().flush();
        exec(other, "BEGIN IMMEDIATE");
        const std::uint64_t failures = database().status().failures;
        insert(1, n);
        for (Status seen = database().status(); seen.failures == failures;) {
            seen = database().status();
            if (seen.pending_changes == 0 || seen.pending_bytes == 0) ++missed;
        }
        exec(other, "ROLLBACK");
    }
    EXPECT_EQ(missed, 0);
    flush_and_expect_same();
}

TEST_P(Threads, several_databases_in_one_process) {
    std::vector<std::function<void()>> users;
    for (int who = 0; who < 4; ++who) {
        users.emplace_back([this, who] {
            const std::string file = directory().file("own" + std::to_string(who) + ".db");
            Options options = KeptDatabase::options();
            options.interval = 1ms;
            for (int round = 0; round < 3; ++round) {
                auto own = Database::open(file, options);
                exec(own.handle(), "CREATE TABLE IF NOT EXISTS t(a)");
                for (int n = 0; n < 50; ++n) {
                    exec(own.handle(), "INSERT INTO t VALUES(?1)", {n});
                }
                own.flush();
                EXPECT_TRUE(same_on_disk(own.handle(), file));
                own.close();
            }
            EXPECT_EQ(query(Plain(file), "SELECT count(*) FROM t"), Rows{{150}});
        });
    }
    together(users);
}

TIDEMARK_FOR_BOTH_STRATEGIES(Threads);

}  // namespace
}  // namespace tidemark::tests

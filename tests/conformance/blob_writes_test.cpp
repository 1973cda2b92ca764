// sqlite3_blob_write: no trigger fires for it, only the preupdate hook is called.

#include "support/blob_handle.hpp"
#include "support/fixture.hpp"

#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

constexpr const char* schema =
    "CREATE TABLE keyed(id INTEGER PRIMARY KEY, b, n);"
    // These are captured by trigger under both strategies; those with a DEFAULT before SQLite 3.53.2.
    "CREATE TABLE loose(b, n);"
    "CREATE TABLE texted(k TEXT PRIMARY KEY DEFAULT (hex(randomblob(8))), b, n);"
    "CREATE TABLE defaulted(n DEFAULT 1, id INTEGER PRIMARY KEY, b);"
    "CREATE TABLE watched(id INTEGER PRIMARY KEY, b, n DEFAULT 1);"
    "CREATE TRIGGER w AFTER UPDATE OF n ON watched BEGIN INSERT INTO loose(n) VALUES(NEW.n); END;"
    "CREATE TABLE \"od\"\"d name\"(\"a b\", b, n);"
    "CREATE TABLE numbered(id INTEGER PRIMARY KEY AUTOINCREMENT, b, n DEFAULT 1);"
    // And this one is written whole.
    "CREATE TABLE hidden(rowid, _rowid_, oid, b, n);";

const std::vector<std::string> tables{"keyed",   "loose",      "texted",   "defaulted",
                                      "watched", "od\"d name", "numbered", "hidden"};

class ConformanceBlobWrites : public KeptDatabase {
protected:
    void open_watching(const std::string& sql = schema) {
        prepare_file(sql);
        open(watching());
    }

    [[nodiscard]] Options watching() const {
        Options options = KeptDatabase::options();
        options.watch_blob_writes = true;
        return options;
    }

    void write(const std::string& table, std::int64_t rowid, std::string_view bytes,
               int offset = 0) {
        BlobHandle blob(ram(), table, rowid);
        ASSERT_EQ(blob.rc(), SQLITE_OK) << table << ": " << sqlite3_errmsg(ram());
        ASSERT_EQ(blob.write(bytes, offset), SQLITE_OK) << table << ": " << sqlite3_errmsg(ram());
    }

    /// Three rows in every table, on disk.
    void fill() {
        for (const std::string& table : tables) {
            for (int i = 0; i < 3; ++i) insert(table);
        }
        flush_and_expect_same();
    }

    void insert(const std::string& table) {
        run("INSERT INTO " + quote(table) + "(b, n) VALUES(zeroblob(40), 0)");
    }

    // Where all names of the rowid are taken, rows are told apart by another column.
    [[nodiscard]] static std::string row(const std::string& table, std::int64_t rowid) {
        const std::string name = table == "hidden" ? "n" : "rowid";
        return " WHERE " + name + " = " + std::to_string(table == "hidden" ? 0 : rowid);
    }

    /// The observer hears of a sync a moment after the flush that waited for it has returned.
    [[nodiscard]] std::int64_t changes_of_last_sync() {
        const std::uint64_t mark = database().status().mark;
        const auto heard_of_it = [&](const Heard& heard) {
            return !heard.syncs.empty() && heard.syncs.back().mark == mark;
        };
        EXPECT_TRUE(observer().wait_until(heard_of_it));
        return static_cast<std::int64_t>(observer().heard().syncs.back().changes);
    }

    void expect_no_whole_copy() { EXPECT_EQ(database().status().whole_copies, 0U); }
};

TEST_P(ConformanceBlobWrites, reach_the_disk_from_every_kind_of_table) {
    open_watching();
    EXPECT_EQ(table_status("keyed").method,
              GetParam() == Strategy::session ? CaptureMethod::session : CaptureMethod::trigger);
    EXPECT_EQ(table_status("loose").method, CaptureMethod::trigger);
    EXPECT_EQ(table_status("hidden").method, CaptureMethod::whole_table);
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        write(table, 2, "written", 3);
        flush_and_expect_same();
        EXPECT_EQ(on_disk("SELECT count(*) FROM " + quote(table) + " WHERE instr(b, 'written')"),
                  Rows{{1}});
    }
    expect_no_whole_copy();
}

TEST_P(ConformanceBlobWrites, carry_the_row_alone_where_the_rowid_is_known) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        write(table, 2, "written");
        flush_and_expect_same();
        const bool has_key =
            table == "keyed" || table == "defaulted" || table == "watched" || table == "numbered";
        // A session does not say which row it is about, unless a column does.
        const bool known = has_key || (GetParam() == Strategy::trigger && table != "hidden");
        EXPECT_EQ(changes_of_last_sync(),
                  known ? 1 : query_one(ram(), "SELECT count(*) FROM " + quote(table)).integer());
    }
}

TEST_P(ConformanceBlobWrites, into_text) {
    open_watching("PRAGMA encoding = 'UTF-16'; CREATE TABLE loose(t TEXT, n)");
    run("INSERT INTO loose VALUES('abcdef', 1)");
    flush_and_expect_same();
    BlobHandle blob(ram(), "loose", 1, true, "t");
    ASSERT_EQ(blob.rc(), SQLITE_OK);
    // An unpaired surrogate, which UTF-8 could not carry.
    ASSERT_EQ(blob.write(std::string_view("\x00\xd8", 2), 4), SQLITE_OK);
    blob.close();
    flush_and_expect_same();
    EXPECT_EQ(on_disk("SELECT hex(CAST(t AS BLOB)) FROM loose"),
              Rows{{"6100620000D8640065006600"}});
}

TEST_P(ConformanceBlobWrites, beside_generated_columns) {
    open_watching("CREATE TABLE g(id INTEGER PRIMARY KEY, b, v AS (length(b)), s AS (id) STORED)");
    run("INSERT INTO g(b) VALUES(zeroblob(20))");
    flush_and_expect_same();
    {
        BlobHandle blob(ram(), "g", 1);
        // Newer versions of SQLite open no such table.
        if (blob.rc() == SQLITE_OK) {
            ASSERT_EQ(blob.write("written"), SQLITE_OK);
        }
    }
    flush_and_expect_same();
}

TEST_P(ConformanceBlobWrites, between_updates_of_the_same_row) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        const std::string update = "UPDATE " + quote(table) + " SET n = n + 1" + row(table, 1);
        run(update);
        write(table, 1, "one");
        flush_and_expect_same();
        write(table, 1, "two");
        run("UPDATE " + quote(table) + " SET n = 0");
        run(update);
        flush_and_expect_same();
        write(table, 1, "three");
        run("UPDATE " + quote(table) + " SET b = b, n = 0");
        write(table, 1, "four");
        flush_and_expect_same();
        write(table, 1, "five");
        run("UPDATE " + quote(table) + " SET b = zeroblob(7), n = 0");
        flush_and_expect_same();
    }
    expect_no_whole_copy();
}

TEST_P(ConformanceBlobWrites, and_the_row_gets_another_rowid) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        if (table == "hidden") continue;
        SCOPED_TRACE(table);
        const auto move = [&](int from, int to) {
            run("UPDATE " + quote(table) + " SET rowid = " + std::to_string(to) +
                " WHERE rowid = " + std::to_string(from));
        };
        write(table, 1, "moved");
        move(1, 101);
        flush_and_expect_same();
        write(table, 101, "moved twice");
        move(101, 102);
        move(102, 103);
        flush_and_expect_same();
        write(table, 103, "moved, and another took its place");
        move(103, 104);
        move(2, 103);
        flush_and_expect_same();
        write(table, 104, "moved onto another row");
        run("UPDATE OR REPLACE " + quote(table) + " SET rowid = 3 WHERE rowid = 104");
        flush_and_expect_same();
        write(table, 3, "moved and back");
        run("SAVEPOINT s");
        move(3, 105);
        run("ROLLBACK TO s; RELEASE s");
        flush_and_expect_same();
    }
    expect_no_whole_copy();
}

TEST_P(ConformanceBlobWrites, and_the_row_is_deleted_or_replaced) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        write(table, 1, "gone");
        run("DELETE FROM " + quote(table) + row(table, 1));
        flush_and_expect_same();
        insert(table);
        insert(table);
        flush_and_expect_same();
        const std::int64_t last = sqlite3_last_insert_rowid(ram());
        write(table, last, "replaced");
        if (table != "hidden") {
            run("INSERT OR REPLACE INTO " + quote(table) + "(rowid, b, n) VALUES(?1, 'new', 5)",
                {last});
        }
        flush_and_expect_same();
        insert(table);
        write(table, sqlite3_last_insert_rowid(ram()), "inserted in the same batch");
        flush_and_expect_same();
        run("DELETE FROM " + quote(table));
        flush_and_expect_same();
    }
    expect_no_whole_copy();
}

TEST_P(ConformanceBlobWrites, rolled_back) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        run("BEGIN");
        write(table, 1, "never");
        run("ROLLBACK");
        flush_and_expect_same();
        run("BEGIN");
        write(table, 1, "kept");
        run("SAVEPOINT s");
        write(table, 1, "taken back");
        write(table, 2, "taken back");
        run("ROLLBACK TO s; COMMIT");
        flush_and_expect_same();
        EXPECT_EQ(on_disk("SELECT count(*) FROM " + quote(table) + " WHERE instr(b, 'kept')"),
                  Rows{{1}});
        run("BEGIN");
        insert(table);
        write(table, sqlite3_last_insert_rowid(ram()), "with its row");
        run("ROLLBACK");
        flush_and_expect_same();
    }
    expect_no_whole_copy();
}

TEST_P(ConformanceBlobWrites, through_a_handle_that_stays_open) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        // It is a write transaction until it is closed, so there is no boundary.
        BlobHandle blob(ram(), table, 1);
        ASSERT_EQ(blob.write("first"), SQLITE_OK);
        EXPECT_THROW(database().flush(50ms), Error);
        ASSERT_EQ(blob.write("second"), SQLITE_OK);
        blob.close();
        flush_and_expect_same();
    }
    expect_no_whole_copy();
}

TEST_P(ConformanceBlobWrites, a_handle_that_only_reads_survives_a_flush) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        write(table, 1, "one");
        BlobHandle reader(ram(), table, 1, false);
        ASSERT_EQ(reader.rc(), SQLITE_OK);
        write(table, 2, "two");
        flush_and_expect_same();
        EXPECT_EQ(reader.read(3), "one");
    }
}

TEST_P(ConformanceBlobWrites, through_a_handle_that_moves_to_another_row) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        BlobHandle blob(ram(), table, 1);
        ASSERT_EQ(blob.write("one"), SQLITE_OK);
        ASSERT_EQ(blob.reopen(3), SQLITE_OK);
        ASSERT_EQ(blob.write("three"), SQLITE_OK);
        ASSERT_EQ(blob.reopen(2), SQLITE_OK);
        blob.close();
        flush_and_expect_same();
        EXPECT_EQ(on_disk("SELECT count(*) FROM " + quote(table) +
                          " WHERE instr(b, 'one') OR instr(b, 'three')"),
                  Rows{{2}});
    }
    expect_no_whole_copy();
}

TEST_P(ConformanceBlobWrites, of_twenty_megabytes_in_pieces) {
    open_watching();
    constexpr int piece_bytes = 1 << 20;
    constexpr int pieces = 20;
    for (const std::string table : {"keyed", "loose", "defaulted"}) {
        SCOPED_TRACE(table);
        run("INSERT INTO " + table + "(b, n) VALUES(zeroblob(?1), 1)", {piece_bytes * pieces});
        flush_and_expect_same();
        BlobHandle blob(ram(), table, sqlite3_last_insert_rowid(ram()));
        for (int i = 0; i < pieces; ++i) {
            const std::string piece(piece_bytes, static_cast<char>('a' + i));
            ASSERT_EQ(blob.write(piece, i * piece_bytes), SQLITE_OK);
        }
        blob.close();
        flush_and_expect_same();
    }
    expect_no_whole_copy();
}

TEST_P(ConformanceBlobWrites, are_synced_in_the_background) {
    prepare_file(schema);
    Options options = eager_options();
    options.watch_blob_writes = true;
    open(options);
    for (const std::string& table : tables) insert(table);
    database().flush();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        const std::uint64_t before = database().status().mark;
        write(table, 1, "noticed");
        EXPECT_TRUE(observer().wait_until(
            [&](const Heard& heard) {
                return !heard.syncs.empty() && heard.syncs.back().mark > before;
            },
            10s));
    }
    EXPECT_TRUE(same_on_disk(ram(), path()));
}

TEST_P(ConformanceBlobWrites, are_pending_changes_until_they_are_on_disk) {
    open_watching();
    fill();
    EXPECT_EQ(database().status().pending_changes, 0U);
    write("loose", 1, "one");
    write("loose", 1, "again");
    EXPECT_EQ(database().status().pending_changes, 1U);
    flush_and_expect_same();
    EXPECT_EQ(database().status().pending_changes, 0U);
}

TEST_P(ConformanceBlobWrites, are_not_forgotten_by_a_cut_that_fails) {
    open_watching();
    fill();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        write(table, 1, "kept");
        sqlite3_progress_handler(
            ram(), 1, [](void*) { return 1; }, nullptr);
        EXPECT_THROW(database().flush(100ms), Error);
        sqlite3_progress_handler(ram(), 0, nullptr, nullptr);
        flush_and_expect_same();
    }
}

TEST_P(ConformanceBlobWrites, to_tables_of_other_databases_are_none_of_ours) {
    open_watching();
    fill();
    run("ATTACH ':memory:' AS other; CREATE TABLE other.loose(b); CREATE TEMP TABLE texted(b);"
        "INSERT INTO other.loose VALUES(zeroblob(9)); INSERT INTO temp.texted VALUES(zeroblob(9))");
    database().flush();
    for (const auto& [database_name, table] :
         {std::pair("other", "loose"), std::pair("temp", "texted")}) {
        sqlite3_blob* blob = nullptr;
        ASSERT_EQ(sqlite3_blob_open(ram(), database_name, table, "b", 1, 1, &blob), SQLITE_OK);
        EXPECT_EQ(sqlite3_blob_write(blob, "x", 1, 0), SQLITE_OK);
        sqlite3_blob_close(blob);
    }
    EXPECT_EQ(database().status().pending_changes, 0U);
    run("DROP TABLE temp.texted");
    flush_and_expect_same();
}

TEST_P(ConformanceBlobWrites, to_tables_that_are_left_out_stay_out) {
    prepare_file(schema);
    Options options = watching();
    options.exclude_tables = {"loose"};
    open(options);
    run("INSERT INTO loose VALUES(zeroblob(9), 1)");
    write("loose", 1, "x");
    database().flush();
    EXPECT_EQ(on_disk("SELECT count(*) FROM loose"), Rows{{0}});
}

TEST_P(ConformanceBlobWrites, across_changes_of_the_schema) {
    open_watching();
    fill();
    write("loose", 1, "one");
    run("ALTER TABLE loose ADD COLUMN more DEFAULT 7");
    write("loose", 2, "two");
    flush_and_expect_same();
    write("loose", 3, "three");
    run("ALTER TABLE loose RENAME TO renamed");
    write("renamed", 1, "four");
    flush_and_expect_same();
    write("renamed", 2, "five");
    flush_and_expect_same();
    run("VACUUM");
    write("renamed", 1, "six");
    flush_and_expect_same();
}

// A full-text index brings a session, and a session has the preupdate hook for itself.
TEST_P(ConformanceBlobWrites, when_a_full_text_index_comes_and_goes) {
    open_watching();
    fill();
    write("loose", 1, "one");
    run("CREATE VIRTUAL TABLE notes USING fts5(body)");
    write("loose", 2, "two");
    flush_and_expect_same();
    for (const std::string& table : tables) {
        SCOPED_TRACE(table);
        run("INSERT INTO notes VALUES('words and words')");
        write(table, 1, "beside it");
        flush_and_expect_same();
    }
    run("DROP TABLE notes");
    write("loose", 3, "three");
    flush_and_expect_same();
    write("loose", 1, "four");
    flush_and_expect_same();
}

// Each with a seed of its own; a failure prints it.
TEST_P(ConformanceBlobWrites, at_random_among_other_changes) {
    open_watching();
    fill();
    for (unsigned seed = 1; seed <= 40; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const auto below = [&](unsigned limit) { return static_cast<int>(random() % limit); };
        bool open_transaction = false;
        for (int step = 0; step < 60; ++step) {
            const std::string& table = tables[static_cast<std::size_t>(below(8))];
            const std::string name = quote(table);
            const std::string at = row(table, below(8));
            switch (below(10)) {
                case 0:
                    insert(table);
                    break;
                case 1:
                    (void)try_exec(ram(), "UPDATE " + name + " SET n = n + 1" + at);
                    break;
                case 2:
                    (void)try_exec(ram(), "UPDATE OR REPLACE " + name + " SET " +
                                              (table == "hidden" ? "n" : "rowid") + " = " +
                                              std::to_string(below(8)) + at);
                    break;
                case 3:
                    (void)try_exec(ram(), "DELETE FROM " + name + at);
                    break;
                case 4:
                    (void)try_exec(ram(),
                                   open_transaction ? "ROLLBACK TO s" : "BEGIN; SAVEPOINT s");
                    open_transaction = true;
                    break;
                case 5:
                    if (open_transaction) run(below(2) == 0 ? "COMMIT" : "ROLLBACK");
                    open_transaction = false;
                    break;
                default: {
                    BlobHandle blob(ram(), table, below(8));
                    if (blob.rc() == SQLITE_OK) (void)blob.write(std::to_string(step), below(6));
                }
            }
            if (!open_transaction && below(6) == 0) flush_and_expect_same();
        }
        if (open_transaction) run("COMMIT");
        flush_and_expect_same();
        if (HasFailure()) return;
    }
    expect_no_whole_copy();
}

TIDEMARK_FOR_BOTH_STRATEGIES(ConformanceBlobWrites);

}  // namespace
}  // namespace tidemark::tests

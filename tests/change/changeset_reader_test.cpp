#include "change/changeset_reader.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/session.hpp"

#include <tidemark/error.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace tidemark::change {
namespace {

std::string text(const char* column, const Value* value) {
    if (value == nullptr) return {};
    std::string text = std::string(" ") + column + "=";
    switch (value->storage_class) {
        case StorageClass::null:
            return text + "null";
        case StorageClass::integer:
            return text + "integer " + std::to_string(value->integer);
        case StorageClass::real:
            return text + "real " + std::to_string(value->real);
        case StorageClass::text:
            return text + "text " + std::string(value->bytes);
        case StorageClass::blob:
            return text + "blob " + std::string(value->bytes);
        case StorageClass::text_utf16:
            break;
    }
    return text + "?";
}

std::string describe(const ChangesetReader& change) {
    std::string description =
        change.table() + std::string(" ") + std::to_string(change.operation());
    for (std::size_t i = 0; i < change.column_count(); ++i) {
        description += change.key_columns()[i] != 0 ? " key" : " -";
        description += text("old", change.old_value(i)) + text("new", change.new_value(i));
    }
    return description;
}

std::vector<std::string> read_all(const sqlite::Changeset& changeset) {
    std::vector<std::string> changes;
    for (ChangesetReader change(changeset); change.next();) changes.push_back(describe(change));
    return changes;
}

/// The same by SQLite's own iterator.
std::vector<std::string> read_all_by_sqlite(const sqlite::Changeset& changeset) {
    const auto text_of = [](const char* column, sqlite3_value* value) {
        if (value == nullptr) return std::string();
        const Value read = read_value(value, false);
        return text(column, &read);
    };
    std::vector<std::string> changes;
    sqlite3_changeset_iter* change = nullptr;
    EXPECT_EQ(sqlite3changeset_start(&change, changeset.size_bytes(), changeset.data()), SQLITE_OK);
    while (sqlite3changeset_next(change) == SQLITE_ROW) {
        const char* table = nullptr;
        int columns = 0;
        int operation = 0;
        int indirect = 0;
        unsigned char* key = nullptr;
        sqlite3changeset_op(change, &table, &columns, &operation, &indirect);
        sqlite3changeset_pk(change, &key, nullptr);
        std::string description = table + std::string(" ") + std::to_string(operation);
        for (int i = 0; i < columns; ++i) {
            sqlite3_value* old_value = nullptr;
            sqlite3_value* new_value = nullptr;
            if (operation != SQLITE_INSERT) sqlite3changeset_old(change, i, &old_value);
            if (operation != SQLITE_DELETE) sqlite3changeset_new(change, i, &new_value);
            description += key[i] != 0 ? " key" : " -";
            description += text_of("old", old_value) + text_of("new", new_value);
        }
        changes.push_back(description);
    }
    EXPECT_EQ(sqlite3changeset_finalize(change), SQLITE_OK);
    return changes;
}

sqlite::Changeset copy(std::string_view bytes) {
    void* memory = sqlite3_malloc64(bytes.size());
    std::memcpy(memory, bytes.data(), bytes.size());
    return {memory, static_cast<int>(bytes.size())};
}

std::string_view bytes_of(const sqlite::Changeset& changeset) {
    return {static_cast<const char*>(changeset.data()),
            static_cast<std::size_t>(changeset.size_bytes())};
}

class ChangesetReaderTest : public testing::Test {
protected:
    sqlite::Changeset record(const std::string& sql) {
        const sqlite::Session session(database_.get(), [](const char*) { return true; });
        run(sql);
        return session.changeset();
    }
    void run(const std::string& sql) { sqlite::execute(database_.get(), sql, "prepare"); }

    /// All operations, storage classes, and lengths whose varints have one, two and three bytes.
    sqlite::Changeset record_everything() {
        run("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c);"
            "CREATE TABLE w(k TEXT, v, l INT, PRIMARY KEY(l, k)) WITHOUT ROWID;"
            "INSERT INTO t VALUES(1, 1, 2, 3), (2, 'x', NULL, 2.5), (3, x'00', '', x'');"
            "INSERT INTO w VALUES('a', 1, 1), ('b', 2, -9223372036854775808)");
        return record(
            "UPDATE t SET b = 1e300 WHERE id = 1; UPDATE t SET a = NULL, c = 'c' WHERE id = 2;"
            "DELETE FROM t WHERE id = 3; DELETE FROM w WHERE k = 'b'; UPDATE w SET v = x'0102';"
            "INSERT INTO t VALUES(-5, zeroblob(200), CAST(zeroblob(20000) AS TEXT), -1.5);"
            "INSERT INTO w VALUES('c', 9223372036854775807, 0)");
    }

    const sqlite::Connection database_ = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
};

TEST_F(ChangesetReaderTest, reads_what_sqlite_reads) {
    const sqlite::Changeset changeset = record_everything();
    const std::vector<std::string> changes = read_all(changeset);
    EXPECT_EQ(changes.size(), 7U);
    EXPECT_EQ(changes, read_all_by_sqlite(changeset));
    EXPECT_EQ(count_changes(changeset), 7U);
}

TEST_F(ChangesetReaderTest, reads_nothing_from_an_empty_changeset) {
    EXPECT_EQ(count_changes(sqlite::Changeset()), 0U);
}

TEST_F(ChangesetReaderTest, comes_back_to_a_change_and_goes_on_after_it) {
    const sqlite::Changeset changeset = record_everything();
    std::vector<std::pair<ChangesetReader::Place, std::string>> seen;
    ChangesetReader change(changeset);
    while (change.next()) {
        seen.emplace_back(change.place(), describe(change));
        change.read(seen.front().first);
        EXPECT_EQ(describe(change), seen.front().second);
    }
    EXPECT_EQ(seen.size(), 7U);
    for (const auto& [place, description] : seen) {
        change.read(place);
        EXPECT_EQ(describe(change), description);
    }
}

TEST_F(ChangesetReaderTest, reads_a_table_of_many_columns) {
    std::string columns = "id INTEGER PRIMARY KEY";
    for (int i = 0; i < 300; ++i) columns += ", c" + std::to_string(i);
    run("CREATE TABLE t(" + columns + ")");
    const sqlite::Changeset changeset = record("INSERT INTO t(id, c299) VALUES(7, 'last')");
    EXPECT_EQ(read_all(changeset), read_all_by_sqlite(changeset));
}

// Where a change ends nothing is missed: there it is a shorter changeset.
TEST_F(ChangesetReaderTest, refuses_what_is_cut_off_in_the_middle_of_a_change) {
    const sqlite::Changeset changeset = record_everything();
    const std::string_view bytes = bytes_of(changeset);
    std::map<bool, int> refused;
    for (std::size_t size = 1; size < bytes.size(); size += size < 200 ? 1 : 97) {
        const sqlite::Changeset part = copy(bytes.substr(0, size));
        try {
            EXPECT_LT(count_changes(part), 7U);
            ++refused[false];
        } catch (const Error& error) {
            EXPECT_STREQ(error.reason().c_str(), "its bytes are damaged");
            ++refused[true];
        }
    }
    EXPECT_GT(refused[true], refused[false]);
}

TEST_F(ChangesetReaderTest, survives_any_changed_byte) {
    const sqlite::Changeset changeset = record_everything();
    const std::string bytes(bytes_of(changeset));
    int refused = 0;
    for (std::size_t i = 0; i < 200; ++i) {
        for (const int value : {0x00, 0x01, 0x09, 0x54, 0x7f, 0x80, 0xff}) {
            std::string damaged = bytes;
            damaged[i] = static_cast<char>(value);
            const sqlite::Changeset part = copy(damaged);
            try {
                static_cast<void>(read_all(part));
            } catch (const Error&) {
                ++refused;
            }
        }
    }
    EXPECT_GT(refused, 100);
}

TEST_F(ChangesetReaderTest, refuses_a_patchset) {
    run("CREATE TABLE t(id INTEGER PRIMARY KEY, a)");
    sqlite3_session* session = nullptr;
    ASSERT_EQ(sqlite3session_create(database_.get(), "main", &session), SQLITE_OK);
    sqlite3session_attach(session, nullptr);
    run("INSERT INTO t VALUES(1, 1)");
    int size_bytes = 0;
    void* data = nullptr;
    EXPECT_EQ(sqlite3session_patchset(session, &size_bytes, &data), SQLITE_OK);
    sqlite3session_delete(session);
    const sqlite::Changeset patchset(data, size_bytes);
    EXPECT_THROW(static_cast<void>(count_changes(patchset)), Error);
}

}  // namespace
}  // namespace tidemark::change

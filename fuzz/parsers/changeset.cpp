// Changesets, of SQLite's own making: the input chooses the changes. Written to a disk that is as RAM
// was, one makes it what RAM is; written to one that is not, it is refused or applied, and leaves a
// sound database behind. With some of its bytes changed it does one of these as well.

#include "destination/destination.hpp"
#include "destination/sqlite_file/changeset_writer.hpp"
#include "parsers/input.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/digest.hpp"

#include <tidemark/error.hpp>

#include <algorithm>
#include <string>

namespace tidemark::fuzz {
namespace {

constexpr const char* schema =
    "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT UNIQUE);"
    "CREATE TABLE w(k TEXT, l INT, v, PRIMARY KEY(k, l)) WITHOUT ROWID;"
    "INSERT INTO t VALUES(1, 1, 'one'), (2, 2.5, 'two'), (3, x'00ff', 'three'), (4, NULL, NULL);"
    "INSERT INTO w VALUES('a', 1, 1), ('a', 2, NULL), ('b', 1, 'text')";

constexpr const char* changes[] = {
    "INSERT OR REPLACE INTO t VALUES(?1, ?2, ?3)",
    "DELETE FROM t WHERE id = ?1",
    "UPDATE OR REPLACE t SET b = ?3 WHERE id = ?1",
    "UPDATE OR IGNORE t SET id = id + ?1",
    "INSERT OR REPLACE INTO w VALUES(?3, ?1, ?2)",
    "DELETE FROM w WHERE l = ?1",
    "UPDATE OR REPLACE w SET v = ?2 WHERE l = ?1",
    "UPDATE OR REPLACE t SET a = ?2, b = ?3",
    "UPDATE OR IGNORE t SET b = (SELECT b FROM t u WHERE u.id = 5 - t.id)"};

sqlite::Connection make_database() {
    sqlite::Connection connection = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    sqlite::execute(connection.get(), schema, "prepare");
    return connection;
}

sqlite::Changeset make_changeset(sqlite3* connection, Input& input) {
    const sqlite::Session session(connection, [](const char*) { return true; });
    const int count = input.ConsumeIntegralInRange(0, 8);
    for (int i = 0; i < count; ++i) {
        sqlite::Statement change(connection, input.PickValueInArray(changes));
        const std::string text = input.ConsumeRandomLengthString(20);
        sqlite3_bind_int64(change.get(), 1, input.ConsumeIntegralInRange(-1, 5));
        if (input.ConsumeBool())
            sqlite3_bind_double(change.get(), 2, input.ConsumeFloatingPoint<double>());
        change.bind(3, std::string_view(text));
        change.run();
    }
    return session.changeset();
}

sqlite::Changeset damage(const sqlite::Changeset& changeset, Input& input) {
    const auto whole = static_cast<std::size_t>(changeset.size_bytes());
    // Memory of that very size: what is read behind it is then found.
    const std::size_t size =
        input.ConsumeBool() ? whole : input.ConsumeIntegralInRange<std::size_t>(0, whole);
    auto* const bytes = static_cast<unsigned char*>(sqlite3_malloc64(size));
    std::copy_n(static_cast<const unsigned char*>(changeset.data()), size, bytes);
    for (int i = input.ConsumeIntegralInRange(0, 4); i > 0 && size > 0; --i) {
        bytes[input.ConsumeIntegralInRange<std::size_t>(0, size - 1)] =
            input.ConsumeIntegral<unsigned char>();
    }
    return {bytes, static_cast<int>(size)};
}

void require_same(sqlite3* ram, sqlite3* disk) {
    const auto nothing = [](const std::string&) { return false; };
    const auto found = sqlite::differences(sqlite::digest(ram, nothing, nothing),
                                           sqlite::digest(disk, nothing, nothing));
    for (const std::string& difference : found) std::fprintf(stderr, "%s\n", difference.c_str());
    require(found.empty(), "the disk is what RAM is");
}

bool write(sqlite3* disk, const sqlite::Changeset& changeset) {
    try {
        sqlite::execute(disk, "BEGIN", "begin");
        destination::ChangesetWriter(disk).write({&changeset, 1}, {});
        sqlite::execute(disk, "COMMIT", "commit");
        return true;
    } catch (const Error& error) {
        require(!error.reason().empty(), "the error says why");
        sqlite3_exec(disk, "ROLLBACK", nullptr, nullptr, nullptr);
        return false;
    }
}

constexpr const char* differences_of_disk[] = {
    "DROP TABLE w",
    "DROP TABLE t",
    "DELETE FROM t",
    "UPDATE t SET b = NULL, a = 'other'",
    "UPDATE w SET l = l + 1",
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE w ADD COLUMN more DEFAULT 5",
    "ALTER TABLE t RENAME COLUMN a TO aa",
    "INSERT INTO t VALUES(5, 5, 'five'), (0, 0, '')",
    "CREATE UNIQUE INDEX i ON t(a)",
    "DROP TABLE t; CREATE TABLE t(id, a, b TEXT PRIMARY KEY)",
    "DROP TABLE t; CREATE VIEW t AS SELECT 1 AS id, 2 AS a, 3 AS b",
    "CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no'); END"};

void require_sound(sqlite3* disk) {
    require(sqlite3_get_autocommit(disk) != 0, "no transaction is left open");
    require(sqlite::query_text(disk, "PRAGMA integrity_check") == "ok", "the database is sound");
}

void run(Input& input) {
    const sqlite::Connection ram = make_database();
    const sqlite::Changeset changeset = make_changeset(ram.get(), input);
    const sqlite::Connection disk = make_database();
    require(write(disk.get(), changeset), "an untouched changeset is written");
    require_same(ram.get(), disk.get());
    const sqlite::Connection other = make_database();
    sqlite3_exec(other.get(), input.PickValueInArray(differences_of_disk), nullptr, nullptr,
                 nullptr);
    sqlite3_exec(other.get(), input.PickValueInArray(differences_of_disk), nullptr, nullptr,
                 nullptr);
    static_cast<void>(write(other.get(), changeset));
    require_sound(other.get());
    const sqlite::Connection third = make_database();
    static_cast<void>(write(third.get(), damage(changeset, input)));
    require_sound(third.get());
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tidemark::fuzz::Input input(data, size);
    tidemark::fuzz::run(input);
    return 0;
}

#include "workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::uint64_t hot_rows = 10'000;
constexpr std::size_t letter_count = 1U << 20U;
constexpr std::size_t draws = 1U << 17U;
constexpr std::size_t title_bytes = 22;
constexpr std::size_t blob_bytes = 16U << 10U;
constexpr std::uint64_t blob_rows = 500;
constexpr int wide_columns = 20;
constexpr std::size_t wide_bytes = 1024 / wide_columns;

std::uint64_t mix(std::uint64_t value) {
    // The finalizer of splitmix64.
    value += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
}

std::vector<std::uint64_t> zipf_ranks(std::uint64_t seed) {
    std::vector<double> sums(hot_rows);
    double sum = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        sums[i] = sum += 1.0 / static_cast<double>(i + 1);
    }
    std::mt19937_64 random{seed};
    std::uniform_real_distribution<double> uniform{0, sum};
    std::vector<std::uint64_t> ranks(draws);
    std::generate(ranks.begin(), ranks.end(), [&] {
        return std::lower_bound(sums.begin(), sums.end() - 1, uniform(random)) - sums.begin();
    });
    return ranks;
}

std::string letters(std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::string text(letter_count, ' ');
    std::generate(text.begin(), text.end(), [&] { return static_cast<char>('a' + random() % 26); });
    return text;
}

void in_one_transaction(sqlite3* db, const std::function<void()>& work) {
    execute(db, "BEGIN");
    work();
    execute(db, "COMMIT");
}

std::string wide_schema() {
    std::string columns = "id INTEGER PRIMARY KEY";
    for (int i = 1; i < wide_columns; ++i) {
        columns += fmt::format(", c{} TEXT", i);
    }
    return fmt::format("CREATE TABLE wide({})", columns);
}

std::string wide_insert() {
    std::string places = "?1";
    for (int i = 1; i < wide_columns; ++i) {
        places += fmt::format(", ?{}", i + 1);
    }
    return fmt::format("INSERT INTO wide VALUES({})", places);
}

void bind_wide(Statement& write, const Input& input, std::uint64_t i, std::uint64_t /*rows*/) {
    write.bind(1, static_cast<std::int64_t>(i + 1));
    for (int column = 1; column < wide_columns; ++column) {
        write.bind(column + 1,
                   input.text(i * wide_columns + static_cast<unsigned>(column), wide_bytes));
    }
}

void bind_insert(Statement& write, const Input& input, std::uint64_t i, std::uint64_t rows) {
    write.bind(1, static_cast<std::int64_t>(rows + i + 1));
    write.bind(2, input.text(i, title_bytes));
    write.bind(3, static_cast<std::int64_t>(input.number(i, 1000)));
}

void bind_update(Statement& write, const Input& input, std::uint64_t i, std::uint64_t rows) {
    write.bind(1, static_cast<std::int64_t>(i % 100'000));
    write.bind(2, static_cast<std::int64_t>(input.number(i, rows) + 1));
}

void bind_hot_update(Statement& write, const Input& input, std::uint64_t i,
                     std::uint64_t /*rows*/) {
    write.bind(1, static_cast<std::int64_t>(i % 100'000));
    write.bind(2, static_cast<std::int64_t>(input.rank(i) + 1));
}

void bind_delete(Statement& write, const Input& /*input*/, std::uint64_t i, std::uint64_t rows) {
    // A prime step that divides no such count visits each row once, in no order of the keys.
    constexpr std::uint64_t step = 1'000'003;
    write.bind(1, static_cast<std::int64_t>(i * step % rows + 1));
}

void bind_blob(Statement& write, const Input& input, std::uint64_t i, std::uint64_t rows) {
    write.bind(1, input.blob(i, blob_bytes));
    write.bind(2, static_cast<std::int64_t>(input.number(i, rows) + 1));
}

void fill_blobs(sqlite3* db, std::uint64_t rows) {
    in_one_transaction(db, [&] {
        Statement insert{db, "INSERT INTO files VALUES(?1, 'a name', zeroblob(16384))"};
        for (std::uint64_t i = 0; i < rows; ++i) {
            insert.bind(1, static_cast<std::int64_t>(i + 1));
            insert.run();
        }
    });
}

void fill_nothing(sqlite3* /*db*/, std::uint64_t /*rows*/) {}

std::vector<Workload> make_workloads() {
    const std::string insert = "INSERT INTO posts VALUES(?1, ?2, ?3)";
    const std::string update = "UPDATE posts SET views = ?1 WHERE id = ?2";
    return {
        {.name = "autocommit insert",
         .schema = posts_schema(),
         .fill = fill_nothing,
         .sql = insert,
         .bind = bind_insert,
         .empty_at_first = true},
        {.name = "autocommit update",
         .schema = posts_schema(),
         .fill = fill_posts,
         .sql = update,
         .bind = bind_update},
        {.name = "autocommit delete",
         .schema = posts_schema(),
         .fill = fill_posts,
         .sql = "DELETE FROM posts WHERE id = ?1",
         .bind = bind_delete,
         .ends = true},
        {.name = "1,000 inserts per transaction",
         .schema = posts_schema(),
         .fill = fill_nothing,
         .sql = insert,
         .bind = bind_insert,
         .empty_at_first = true,
         .rows_per_transaction = 1000},
        {.name = "hot rows (Zipf)",
         .schema = posts_schema(),
         .fill = fill_posts,
         .sql = update,
         .bind = bind_hot_update,
         .rows_before = hot_rows},
        {.name = "wide rows",
         .schema = wide_schema(),
         .fill = fill_nothing,
         .sql = wide_insert(),
         .bind = bind_wide,
         .empty_at_first = true,
         .divisor = 10},
        {.name = "blobs",
         .schema = "CREATE TABLE files(id INTEGER PRIMARY KEY, name TEXT, data BLOB)",
         .fill = fill_blobs,
         .sql = "UPDATE files SET data = ?1 WHERE id = ?2",
         .bind = bind_blob,
         .rows_before = blob_rows,
         .divisor = 50},
    };
}

}  // namespace

Input::Input(std::uint64_t seed) : seed_(seed), ranks_(zipf_ranks(seed)), letters_(letters(seed)) {}

std::uint64_t Input::number(std::uint64_t i, std::uint64_t limit) const {
    return mix(seed_ + i) % limit;
}

std::size_t Input::offset(std::uint64_t i, std::size_t length) const {
    return i * 97 % (letters_.size() - length);
}

std::string_view Input::text(std::uint64_t i, std::size_t length) const {
    return std::string_view{letters_}.substr(offset(i, length), length);
}

std::span<const unsigned char> Input::blob(std::uint64_t i, std::size_t length) const {
    const void* data = &letters_[offset(i, length)];
    return {static_cast<const unsigned char*>(data), length};
}

const std::string& posts_schema() {
    static const std::string schema =
        "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INTEGER)";
    return schema;
}

void fill_posts(sqlite3* db, std::uint64_t rows) {
    in_one_transaction(db, [&] {
        Statement insert{db, "INSERT INTO posts VALUES(?1, 'a title of some length', ?1 % 1000)"};
        for (std::uint64_t i = 0; i < rows; ++i) {
            insert.bind(1, static_cast<std::int64_t>(i + 1));
            insert.run();
        }
    });
}

const std::vector<Workload>& workloads() {
    static const std::vector<Workload> all = make_workloads();
    return all;
}

const Workload& workload(std::string_view name) {
    const auto& all = workloads();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Workload& one) { return one.name == name; });
    if (found == all.end()) throw std::invalid_argument("no such workload");
    return *found;
}

void make_file(const std::string& path, const Workload& workload, std::uint64_t rows) {
    const Connection db = open_connection(path);
    execute(db.get(), "PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL; " + workload.schema);
    workload.fill(db.get(), rows);
}

Writer::Writer(Contender& contender, const Workload& workload, const Input& input,
               std::uint64_t rows)
    : contender_(contender),
      workload_(workload),
      input_(input),
      rows_(rows),
      statement_(contender.connection(), workload.sql),
      begin_(contender.connection(), "BEGIN"),
      commit_(contender.connection(), "COMMIT") {}

void Writer::write() {
    if (workload_.rows_per_transaction == 1) {
        write_row();
    } else {
        begin_.run();
        for (std::uint64_t i = 0; i < workload_.rows_per_transaction; ++i) {
            write_row();
        }
        commit_.run();
    }
    contender_.between_transactions();
}

void Writer::write_row() {
    workload_.bind(statement_, input_, next_, rows_);
    const int rc = statement_.try_run();
    if (rc == SQLITE_FULL && workload_.rows_per_transaction == 1 && contender_.make_room()) {
        statement_.run();
    } else {
        check(contender_.connection(), rc);
    }
    ++next_;
}

}  // namespace bench

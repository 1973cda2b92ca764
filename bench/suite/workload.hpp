#pragma once

#include "contender.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// Values to write. The same seed gives the same values, in the same order, for every contender.
class Input {
public:
    explicit Input(std::uint64_t seed);

    /// The i-th of a row of evenly spread numbers below `limit`.
    [[nodiscard]] std::uint64_t number(std::uint64_t i, std::uint64_t limit) const;
    /// The same by Zipf's law, from 0 (every tenth or so) up to 9,999.
    [[nodiscard]] std::uint64_t rank(std::uint64_t i) const { return ranks_[i % ranks_.size()]; }
    /// Letters that nothing compresses.
    [[nodiscard]] std::string_view text(std::uint64_t i, std::size_t length) const;
    [[nodiscard]] std::span<const unsigned char> blob(std::uint64_t i, std::size_t length) const;

private:
    [[nodiscard]] std::size_t offset(std::uint64_t i, std::size_t length) const;

    std::uint64_t seed_;
    std::vector<std::uint64_t> ranks_;
    std::string letters_;
};

/// One kind of writing: one prepared statement, run with ever new values.
struct Workload {
    std::string name;
    std::string schema;
    /// Content of the file before the writing begins: fills `rows` rows.
    std::function<void(sqlite3* db, std::uint64_t rows)> fill;
    std::string sql;
    /// Binds the values of write number `i` to a table that held `rows` rows at first.
    std::function<void(Statement& write, const Input& input, std::uint64_t i, std::uint64_t rows)>
        bind;
    /// Rows before the first write; zero: as many as will be written.
    std::uint64_t rows_before = 0;
    bool empty_at_first = false;
    std::uint64_t rows_per_transaction = 1;
    /// Big rows are written less often, so that a round stays short.
    std::uint64_t divisor = 1;
    /// It cannot write more than there were rows.
    bool ends = false;
};

[[nodiscard]] const std::vector<Workload>& workloads();
/// By name.
[[nodiscard]] const Workload& workload(std::string_view name);

/// The table `posts` that most workloads write to.
[[nodiscard]] const std::string& posts_schema();
void fill_posts(sqlite3* db, std::uint64_t rows);

/// Makes a SQLite file in WAL mode with the workload's first content.
void make_file(const std::string& path, const Workload& workload, std::uint64_t rows);

/// Runs a workload on an open contender, which must outlive it.
class Writer {
public:
    Writer(Contender& contender, const Workload& workload, const Input& input, std::uint64_t rows);

    /// One transaction. Waits for room when the contender has none.
    void write();
    [[nodiscard]] std::uint64_t rows_written() const noexcept { return next_; }
    [[nodiscard]] bool ended() const noexcept { return workload_.ends && next_ >= rows_; }

private:
    void write_row();

    Contender& contender_;
    const Workload& workload_;
    const Input& input_;
    const std::uint64_t rows_;
    Statement statement_;
    Statement begin_;
    Statement commit_;
    std::uint64_t next_ = 0;
};

}  // namespace bench

#pragma once

#include "contender.hpp"

#include <utility>

namespace bench {

/// A bare :memory: database: what nothing can be faster than, and what keeps nothing.
class Memory final : public Contender {
public:
    void open(const std::string& path, Interval /*interval*/) override {
        db_ = open_connection(":memory:");
        copy_database(open_connection(path).get(), db_.get());
    }
    [[nodiscard]] sqlite3* connection() const override { return db_.get(); }
    void close() override { db_.reset(); }

private:
    Connection db_;
};

/// SQLite on a file in WAL mode, with settings of one's choice.
class File final : public Contender {
public:
    explicit File(std::string pragmas) : pragmas_(std::move(pragmas)) {}

    void open(const std::string& path, Interval /*interval*/) override {
        db_ = open_connection(path);
        execute(db_.get(), pragmas_ + "; PRAGMA journal_mode=WAL");
    }
    [[nodiscard]] sqlite3* connection() const override { return db_.get(); }
    void close() override { db_.reset(); }

private:
    const std::string pragmas_;
    Connection db_;
};

}  // namespace bench

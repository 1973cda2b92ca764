#pragma once

#include "support/fixture.hpp"

#include <tidemark/history.hpp>

#include <gmock/gmock.h>

#include <cstdint>
#include <string>

namespace tidemark::tests {

/// A database with a history, to undo its batches.
class UndoCase : public KeptDatabase {
protected:
    [[nodiscard]] Options with_history() const {
        Options options = KeptDatabase::options();
        options.history.enabled = true;
        return options;
    }
    void begin(const std::string& schema) {
        prepare_file(schema);
        open(with_history());
    }
    /// One batch; its number.
    std::uint64_t change(const std::string& sql) {
        run(sql);
        database().flush();
        return database().status().mark;
    }
    /// Expects that nothing is in the way, and that the disk follows.
    void undo(std::uint64_t batch) {
        const UndoReport report = database().undo(batch);
        EXPECT_TRUE(report.possible()) << report.to_json();
        flush_and_expect_same();
    }
    [[nodiscard]] Rows rows(const std::string& sql) { return query(ram(), sql); }
    /// Expects one conflict, and that nothing has changed.
    UndoConflict expect_conflict(std::uint64_t batch, UndoConflict::Kind kind) {
        const Rows before = all_rows();
        const UndoReport report = database().undo(batch);
        EXPECT_FALSE(report.possible());
        EXPECT_THAT(report.tables, ::testing::IsEmpty());
        EXPECT_EQ(all_rows(), before);
        EXPECT_FALSE(in_transaction(ram()));
        EXPECT_EQ(report.conflict_count, 1U) << report.to_json();
        if (report.conflicts.empty()) return {};
        EXPECT_EQ(report.conflicts.front().kind, kind) << report.to_json();
        return report.conflicts.front();
    }
    [[nodiscard]] std::string error_of_undo(std::uint64_t batch) {
        try {
            return database().undo(batch).to_json();
        } catch (const Error& error) {
            return error.what();
        }
    }

private:
    [[nodiscard]] Rows all_rows() {
        Rows all;
        for (const Row& table :
             query(ram(), "SELECT name FROM sqlite_schema WHERE type = 'table'")) {
            const Rows found = query(ram(), "SELECT * FROM " + quote(table.front().text()));
            all.insert(all.end(), found.begin(), found.end());
        }
        return all;
    }
};

inline constexpr const char* posts =
    "CREATE TABLE posts(id INTEGER PRIMARY KEY, title TEXT, views INT);"
    "INSERT INTO posts VALUES(1, 'one', 10), (2, 'two', 20), (3, 'three', 30);";

}  // namespace tidemark::tests

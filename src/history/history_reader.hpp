#pragma once

#include "change/effects.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/history.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::history {

/// Reads a history file, also while it is written. Used by one thread at a time.
class HistoryReader {
public:
    /// Throws Error when there is no history of this name.
    explicit HistoryReader(const std::string& path);

    [[nodiscard]] std::string id() const;
    /// In order; those above `after` only.
    [[nodiscard]] std::vector<BatchSummary> batches(std::uint64_t after = 0) const;
    /// The first one above `after`, and the one before it in the database.
    struct Link {
        std::uint64_t number = 0;
        std::uint64_t previous = 0;
    };
    [[nodiscard]] std::optional<Link> next(std::uint64_t after) const;
    /// The first one above `after` with which the schema changes.
    [[nodiscard]] std::optional<std::uint64_t> next_schema_change(std::uint64_t after) const;
    [[nodiscard]] std::vector<HistoryGap> gaps() const;
    /// Throws Error when there is no such batch, and when it is damaged.
    [[nodiscard]] change::Effects read(std::uint64_t number) const;
    /// When it was written; the beginning of Unix time when there is no such batch.
    [[nodiscard]] std::chrono::system_clock::time_point time(std::uint64_t number) const;

private:
    [[nodiscard]] std::vector<TableChanges> read_counts(std::uint64_t number) const;
    [[noreturn]] void throw_damaged(std::uint64_t number, const std::string& reason) const;

    std::string path_;
    sqlite::Connection connection_;
};

}  // namespace tidemark::history

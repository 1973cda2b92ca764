#pragma once

#include "change/effects.hpp"
#include "history/history_reader.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::feed {

/// The batches of a history, one after the other, for somebody who must have each of them. Used by one
/// thread at a time; the file is opened when it is needed.
class BatchSource {
public:
    struct Batch {
        change::Effects effects;
        std::chrono::system_clock::time_point written;
    };

    /// `destination` is who gets them, as errors say it.
    BatchSource(std::string history_path, std::string destination);

    /// The batch after `mark`, which the database has committed: its own mark is `disk_mark`, which is
    /// higher. Throws Error; one that is not retryable when the history does not lead there.
    [[nodiscard]] Batch next(std::uint64_t mark, std::uint64_t disk_mark);

    /// The schema that the database had after `mark`. `now` is what it has at its own mark `disk_mark`.
    /// Throws Error.
    [[nodiscard]] std::vector<change::SchemaObject> schema_after(
        std::uint64_t mark, std::vector<change::SchemaObject> now, std::uint64_t disk_mark);

    /// After an error: the file may be another one.
    void close() noexcept { reader_.reset(); }

private:
    [[nodiscard]] history::HistoryReader& reader();
    [[noreturn]] void throw_gap(std::uint64_t mark, std::string reason) const;

    std::string history_path_;
    std::string destination_;
    std::optional<history::HistoryReader> reader_;
};

/// What to do about a destination to which the history does not lead.
inline constexpr const char* begin_anew =
    "begin it anew: take away what it holds, so that it has no mark (delete its file), and it gets "
    "everything that the database holds";

}  // namespace tidemark::feed

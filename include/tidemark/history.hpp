#pragma once

#include <tidemark/change.hpp>
#include <tidemark/export.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tidemark {

/// Rows of one table that a batch has changed.
struct TableChanges {
    std::string table;
    std::uint64_t inserts = 0;
    std::uint64_t updates = 0;
    std::uint64_t deletes = 0;
};

/// A batch of a history without its changes.
struct BatchSummary {
    std::uint64_t number = 0;
    /// The batch before it in the database, which need not be in the history.
    std::uint64_t previous = 0;
    /// When it was written.
    std::chrono::system_clock::time_point time;
    bool changes_schema = false;
    /// What it occupies, in bytes, and what it would occupy uncompressed.
    std::uint64_t stored_bytes = 0;
    std::uint64_t content_bytes = 0;
    std::vector<TableChanges> tables;
};

/// Batches of the database, `first` to `last`, that the history does not have. With `last` before
/// `first` none is missing, but somebody else has changed the database between the two.
struct HistoryGap {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::chrono::system_clock::time_point time;
    std::string reason;
};

/// Reads the history of a database that is, or was, kept with `Options::history`; also while it is
/// written, by this process or another one. One thread at a time.
class TIDEMARK_EXPORT History {
public:
    /// `database_path` as for `Database::open`. Throws Error when the database has no history, or what
    /// stands at its name is none.
    explicit History(const std::string& database_path);
    History(History&& other) noexcept;
    History& operator=(History&& other) noexcept;
    ~History();

    [[nodiscard]] const std::string& path() const noexcept;
    /// In order, those above `after`. While a batch is being committed to the database it is here
    /// already.
    [[nodiscard]] std::vector<BatchSummary> batches(std::uint64_t after = 0) const;
    [[nodiscard]] std::vector<HistoryGap> gaps() const;
    /// All changes of a batch, in memory. Throws Error when there is no such batch, and when it is
    /// damaged: the others can be read then.
    [[nodiscard]] Changes changes(std::uint64_t batch) const;

    /// Calls `visit` with each change of one row, in order, in the batches above `after`. `key` has the
    /// values of the PRIMARY KEY in its order, or the rowid of a table without one, as text: 42 is
    /// found for the integer and for the text. Where a change gives the row another key, both find it.
    void row(const std::string& table, const std::vector<std::string>& key,
             const std::function<void(const Changes&, const Change&)>& visit,
             std::uint64_t after = 0) const;

private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace tidemark

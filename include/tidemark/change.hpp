#pragma once

#include <tidemark/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// The storage classes of SQLite, with text in two encodings: a UTF-16 database may hold text that
/// UTF-8 cannot express (lone surrogates), so it is never converted.
enum class StorageClass : std::uint8_t { null, integer, real, text, blob, text_utf16 };

/// One value, without owning it: `bytes` points into whatever the value was read from. UTF-16 is in
/// the byte order of the machine.
struct Value {
    StorageClass storage_class = StorageClass::null;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view bytes{};
};

/// What has happened to a row.
enum class ChangeKind : std::uint8_t { insert, update, remove };

/// "INSERT", "UPDATE", "DELETE".
[[nodiscard]] TIDEMARK_EXPORT const char* to_string(ChangeKind kind) noexcept;

/// One row that a batch has inserted, updated or deleted, as `Changes` shows it while it is gone
/// through: valid until the iterator moves on.
class TIDEMARK_EXPORT Change {
public:
    [[nodiscard]] ChangeKind kind() const noexcept;
    /// Its name after the batch; before it, when the table was dropped.
    [[nodiscard]] const std::string& table() const noexcept;
    /// Of the table, in its order, without generated ones.
    [[nodiscard]] const std::vector<std::string>& columns() const noexcept;
    /// Places in `columns()` of the PRIMARY KEY, in its order; empty when the table has none.
    [[nodiscard]] const std::vector<std::size_t>& key() const noexcept;
    /// Values of `columns()`, before and after; empty for an insert, and for a remove.
    [[nodiscard]] std::span<const Value> old_values() const noexcept;
    [[nodiscard]] std::span<const Value> new_values() const noexcept;
    /// The rowid before and after, of a table in which no column shows it.
    [[nodiscard]] std::optional<std::int64_t> old_rowid() const noexcept;
    [[nodiscard]] std::optional<std::int64_t> new_rowid() const noexcept;

    /// One JSON object: `table`, `operation`, `rowid` where it is hidden, `old`, `new`. Values can be
    /// read back exactly; docs/cli.md says how.
    [[nodiscard]] std::string to_json() const;
    /// The statement that makes this change, and the one that takes it back; without the semicolon.
    /// Rows are named by their key or rowid. Empty for a row that nothing can name.
    [[nodiscard]] std::string to_sql() const;
    [[nodiscard]] std::string to_inverse_sql() const;

private:
    friend class Changes;
    struct State;
    explicit Change(std::shared_ptr<State> state) noexcept;
    std::shared_ptr<State> state_;
};

/// A changeset of SQLite's session extension, and what it cannot carry.
struct Changeset {
    /// For `sqlite3changeset_apply` and what is made of it in other languages. Net changes, one per
    /// row, tables with a PRIMARY KEY only.
    std::string bytes;
    /// One sentence each: tables and rows that are not in it. Empty when it is the whole batch.
    std::vector<std::string> left_out;
};

/// All changes of one batch, in the order in which they were made. Copies share one content; any
/// thread may read it.
class TIDEMARK_EXPORT Changes {
public:
    class TIDEMARK_EXPORT Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Change;
        using difference_type = std::ptrdiff_t;
        using pointer = const Change*;
        using reference = const Change&;

        reference operator*() const noexcept { return change_; }
        pointer operator->() const noexcept { return &change_; }
        Iterator& operator++();
        [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return at_end_; }

    private:
        friend class Changes;
        explicit Iterator(std::shared_ptr<Change::State> state);
        Change change_;
        bool at_end_ = false;
    };

    /// Each goes through all of it from the beginning, without copying values. Throws Error for a
    /// content that is damaged, which that of a history that could be read is not.
    [[nodiscard]] Iterator begin() const;
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    /// The number of the batch, and of the one before it in the database.
    [[nodiscard]] std::uint64_t batch() const noexcept;
    [[nodiscard]] std::uint64_t previous() const noexcept;
    /// When it was written to the history.
    [[nodiscard]] std::chrono::system_clock::time_point time() const noexcept;
    /// Rows that were changed.
    [[nodiscard]] std::uint64_t size() const noexcept;

    /// Whether the schema changes with it, and the statements that change it: first what is dropped,
    /// renamed and created before the rows are written, then what is created after that.
    [[nodiscard]] bool changes_schema() const noexcept;
    [[nodiscard]] std::vector<std::string> schema_before_rows() const;
    [[nodiscard]] std::vector<std::string> schema_after_rows() const;

    /// One object for the batch: `batch`, `time`, `schema` with its statements, `changes`.
    [[nodiscard]] std::string to_json() const;
    /// A script that makes all changes in one transaction, with a line for each. It expects that
    /// triggers and foreign keys do nothing, since what they have done is in it.
    [[nodiscard]] std::string to_sql() const;
    /// The script that takes them back, last one first. Throws Error when the schema changes with the
    /// batch.
    [[nodiscard]] std::string to_inverse_sql() const;
    [[nodiscard]] Changeset to_changeset() const;

    /// For the library itself.
    struct Content;
    explicit Changes(std::shared_ptr<const Content> content) noexcept;
    [[nodiscard]] const Content& content() const noexcept { return *content_; }

private:
    std::shared_ptr<const Content> content_;
};

}  // namespace tidemark

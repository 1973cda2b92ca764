#pragma once

#include "change/effects.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace tidemark::history {

/// Name of the history of a database.
[[nodiscard]] std::string path_of(const std::string& database_path);

/// The history of a disk database: a SQLite file beside it, to which each batch is written before it
/// is committed there. So after a crash the history has at most more than the database, never less;
/// what is more is deleted. Used by one thread at a time.
///
/// Opening has two steps, as for the database itself: the constructor only reads.
class HistoryFile {
public:
    struct Settings {
        std::string database_path;
        HistoryOptions options;
        Synchronous synchronous = Synchronous::full;
        std::chrono::milliseconds busy_timeout{2000};
        /// The last batch that all who are to get them from here have had: later ones are held. Called
        /// in `write`; must not throw; may be empty.
        std::function<std::uint64_t()> had_by_all{};
    };
    /// What the database says.
    struct Owner {
        /// Of the history that belongs to it; empty when it has never had one.
        std::string history_id;
        std::uint64_t mark = 0;
    };

    /// Throws Error when there is a history that belongs to another database, or a file that is none.
    HistoryFile(Settings settings, Owner owner);

    /// To be written into the database.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }

    /// Creates the file if it is missing, deletes what is above the database's mark, and takes down
    /// which batches are missing. Throws Error.
    void accept();

    /// Writes a batch and what keeps the limits, and syncs it as the database is synced. Batches above
    /// `effects.previous` are deleted first: the database has not committed them. Throws Error; the
    /// history is as it was then.
    void write(const change::Effects& effects);

private:
    void require_own(const Owner& owner);
    void open_connection();
    void close_connection() noexcept;
    void configure();
    void create();
    void create_content();
    void require_same_file() const;
    void level_with(std::uint64_t mark, std::string_view reason);
    void delete_above(std::uint64_t number);
    void insert_gap(std::uint64_t first, std::uint64_t last, std::string_view reason);
    void insert_batch(const change::Effects& effects);
    void insert_counts(const change::Effects& effects);
    void keep_limits();
    [[nodiscard]] std::uint64_t held_back(std::uint64_t up_to);
    [[nodiscard]] std::uint64_t beyond_number() const;
    [[nodiscard]] std::uint64_t beyond_age() const;
    [[nodiscard]] std::uint64_t beyond_bytes(std::uint64_t bytes_max);
    void forget_up_to(std::uint64_t number);

    const Settings settings_;
    const std::string path_;
    Owner owner_;
    std::string id_;
    bool is_new_ = false;
    ino_t file_ = 0;
    sqlite::Connection connection_;
    /// Unknown after a failure.
    std::optional<std::uint64_t> last_;
    std::optional<std::uint64_t> stored_bytes_;
};

}  // namespace tidemark::history

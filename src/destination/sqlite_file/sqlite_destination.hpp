#pragma once

#include "destination/sqlite_file/file_lock.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/destination.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tidemark::destination {

/// A SQLite file to which somebody else brings batches: the public interface's kind of destination, as
/// `SqliteFile` is the disk database's. It replays what a batch did, row by row.
class SqliteDestination final : public tidemark::Destination {
public:
    struct Settings {
        std::string path;
        SqliteDestinationOptions options;
        /// The one name of a file, for its lock.
        std::function<std::string(const std::string&)> absolute_path;
    };

    explicit SqliteDestination(Settings settings) : settings_(std::move(settings)) {}

    [[nodiscard]] std::optional<DestinationMark> mark() override;
    void load(const Changes& content, const DestinationMark& mark) override;
    void apply(const Changes& batch, const DestinationMark& mark) override;
    void disconnect() noexcept override;

private:
    void connect();
    void open();
    void require_own() const;
    void configure();
    [[nodiscard]] bool has_moved() const noexcept;
    void require_mark(std::uint64_t batch) const;
    template <typename Work>
    void in_transaction(Work work);
    void write(const Changes& batch, bool replaces_all);

    const Settings settings_;
    std::string resolved_path_;
    std::optional<FileLock> lock_;
    sqlite::Connection connection_;
};

}  // namespace tidemark::destination

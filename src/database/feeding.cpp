// The part of a database that is about its destinations besides the file.

#include "change/described_table.hpp"
#include "change/whole_difference.hpp"
#include "database/core.hpp"
#include "database/paths.hpp"
#include "destination/sqlite_file/sqlite_destination.hpp"
#include "destination/sqlite_file/state_table.hpp"
#include "history/history_file.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/transaction.hpp"

#include <tidemark/destination.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

namespace tidemark {
namespace {

/// The database as it stands on disk at the moment, read by a connection of its own. In WAL mode nobody
/// has to wait for that.
class Snapshot {
public:
    Snapshot(const std::string& path, std::chrono::milliseconds busy_timeout)
        : path_(path),
          connection_(sqlite::Connection::open(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX)) {
        sqlite3_busy_timeout(connection_.get(), static_cast<int>(busy_timeout.count()));
        transaction_.emplace(connection_.get(), "read the database for a destination");
    }

    [[nodiscard]] std::uint64_t mark() const {
        const auto state = destination::read_state(connection_.get(), path_);
        return state ? state->mark : 0;
    }
    [[nodiscard]] change::Effects content() const {
        const sqlite::Connection nothing = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
        change::Effects content = change::whole_difference(nothing.get(), connection_.get());
        content.number = mark();
        return content;
    }
    [[nodiscard]] feed::Origin::Schema schema() const {
        return {.objects = change::read_schema_objects(connection_.get()), .mark = mark()};
    }

private:
    const std::string& path_;
    sqlite::Connection connection_;
    std::optional<sqlite::ReadTransaction> transaction_;
};

}  // namespace

// Until it is known who has had what, all of it is needed.
std::function<std::uint64_t()> Database::Core::had_by_all() {
    if (options_.destinations.empty()) return {};
    return [this] { return feed_ ? feed_->had_by_all() : 0; };
}

// Before anything is written.
void Database::Core::require_rules() {
    const sqlite::ConnectionLock lock(ram_);
    const sqlite::Authorizer::OwnWork own_work(*authorizer_);
    feed::Feed::require_rules(options_.destinations, change::read_schema_objects(ram_),
                              options_.prepare_disk_connection);
}

void Database::Core::prepare_feed() {
    feed_ = std::make_unique<feed::Feed>(
        options_.destinations,
        feed::Origin{
            .history_path = history::path_of(path_),
            .source = history_->id(),
            .opened_at = disk_->mark(),
            .began_empty = disk_->created(),
            .read_all = [this] { return Snapshot(path_, options_.busy_timeout).content(); },
            .read_schema = [this] { return Snapshot(path_, options_.busy_timeout).schema(); },
            .prepare = options_.prepare_disk_connection,
            .retry_pause_first = options_.retry_pause_first,
            .retry_pause_max = options_.retry_pause_max},
        clock_);
}

void Database::Core::start_feed() {
    running_feed_.emplace(
        *feed_, disk_->mark(),
        [this](const std::function<void(Observer&)>& call) { loop_->tell(call); });
}

// The folder may change before it is opened, on its thread.
std::shared_ptr<Destination> sqlite_destination(const std::string& path,
                                                const SqliteDestinationOptions& options) {
    std::error_code error;
    std::filesystem::path absolute = std::filesystem::absolute(path, error);
    return std::make_shared<destination::SqliteDestination>(
        destination::SqliteDestination::Settings{.path = error ? path : absolute.string(),
                                                 .options = options,
                                                 .absolute_path = absolute_path});
}

}  // namespace tidemark

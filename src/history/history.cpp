#include "change/changes_content.hpp"
#include "change/json.hpp"
#include "history/history_file.hpp"
#include "history/history_reader.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/history.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tidemark {
namespace {

/// As SQLite would show it as text, for what may be in a key.
std::string as_text(const Value& value) {
    switch (value.storage_class) {
        case StorageClass::integer:
            return std::to_string(value.integer);
        case StorageClass::text:
        case StorageClass::blob:
            return std::string(value.bytes);
        default: {
            std::string json;
            change::append_json(json, value);
            const bool is_quoted = json.size() >= 2 && json.front() == '"';
            return is_quoted ? json.substr(1, json.size() - 2) : json;
        }
    }
}

bool has_key(const Change& change, std::span<const Value> values, std::optional<std::int64_t> rowid,
             const std::vector<std::string>& key) {
    if (values.empty()) return false;
    if (change.key().empty()) {
        return rowid && key.size() == 1 && std::to_string(*rowid) == key.front();
    }
    if (change.key().size() != key.size()) return false;
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (as_text(values[change.key()[i]]) != key[i]) return false;
    }
    return true;
}

}  // namespace

struct History::Reader {
    explicit Reader(std::string history_path) : path(std::move(history_path)), reader(path) {}
    std::string path;
    history::HistoryReader reader;
};

History::History(const std::string& database_path)
    : reader_(std::make_unique<Reader>(history::path_of(database_path))) {}

History::History(History&& other) noexcept = default;
History& History::operator=(History&& other) noexcept = default;
History::~History() = default;

const std::string& History::path() const noexcept { return reader_->path; }

std::vector<BatchSummary> History::batches(std::uint64_t after) const {
    return reader_->reader.batches(after);
}

std::vector<HistoryGap> History::gaps() const { return reader_->reader.gaps(); }

Changes History::changes(std::uint64_t batch) const {
    change::Effects effects = reader_->reader.read(batch);
    return Changes(
        std::make_shared<Changes::Content>(std::move(effects), reader_->reader.time(batch)));
}

void History::row(const std::string& table, const std::vector<std::string>& key,
                  const std::function<void(const Changes&, const Change&)>& visit,
                  std::uint64_t after) const {
    for (const BatchSummary& batch : reader_->reader.batches(after)) {
        const bool concerns =
            std::any_of(batch.tables.begin(), batch.tables.end(),
                        [&](const auto& counts) { return sqlite::same_name(counts.table, table); });
        if (!concerns) continue;
        const Changes changes = this->changes(batch.number);
        for (const Change& change : changes) {
            if (!sqlite::same_name(change.table(), table)) continue;
            if (has_key(change, change.old_values(), change.old_rowid(), key) ||
                has_key(change, change.new_values(), change.new_rowid(), key)) {
                visit(changes, change);
            }
        }
    }
}

}  // namespace tidemark

#include "change/log_difference.hpp"

#include <map>
#include <optional>
#include <utility>

namespace tidemark::change {
namespace {

using Rows = std::map<std::int64_t, std::vector<Value>>;

Rows read_rows(const ChangeLog& image, const EffectTable& table) {
    Rows rows;
    LogReader reader(image, table_list({table}));
    for (Record record; reader.next(record);) {
        const std::int64_t rowid = record.new_values.front().integer;
        rows.emplace(rowid, record.new_values);
    }
    return rows;
}

/// Adds the table when the first row is added.
class Lazily {
public:
    Lazily(EffectsBuilder& builder, EffectTable table)
        : builder_(builder), table_(std::move(table)) {}
    [[nodiscard]] TableId id() {
        if (!id_) id_ = builder_.add(std::move(table_));
        return *id_;
    }

private:
    EffectsBuilder& builder_;
    EffectTable table_;
    std::optional<TableId> id_;
};

}  // namespace

void append_difference(EffectsBuilder& builder, EffectTable table, const ChangeLog& before,
                       const ChangeLog& after) {
    const Rows old_rows = read_rows(before, table);
    const Rows new_rows = read_rows(after, table);
    if (old_rows.empty() && new_rows.empty()) return;
    Lazily target(builder, std::move(table));
    const auto differ = [](const std::vector<Value>& left, const std::vector<Value>& right) {
        for (std::size_t i = 0; i < left.size(); ++i) {
            if (!identical(left[i], right[i])) return true;
        }
        return false;
    };
    for (const auto& [rowid, row] : old_rows) {
        if (!new_rows.contains(rowid)) builder.remove(target.id(), row);
    }
    for (const auto& [rowid, row] : new_rows) {
        const auto old_row = old_rows.find(rowid);
        if (old_row == old_rows.end()) {
            builder.insert(target.id(), row);
        } else if (differ(old_row->second, row)) {
            builder.update(target.id(), old_row->second, row);
        }
    }
}

}  // namespace tidemark::change

#include "change/changeset_log.hpp"

#include "change/changeset_reader.hpp"
#include "sqlite/connection.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace tidemark::change {
namespace {

class Converter {
public:
    Converter(const sqlite::Changeset& changeset, const std::vector<Table>& known,
              const std::vector<std::string>& left_out)
        : reader_(changeset), known_(known), left_out_(left_out) {}

    ChangesetLog convert() {
        ChangesetLog result;
        while (reader_.next()) {
            if (const Table* const table = find_table()) append(result.log, *table);
        }
        result.tables = std::make_shared<const std::vector<Table>>(std::move(tables_));
        return result;
    }

private:
    [[nodiscard]] const Table* find_table() const {
        const std::string name = reader_.table();
        const auto is_it = [&name](const std::string& other) {
            return sqlite::same_name(name, other);
        };
        if (std::ranges::any_of(left_out_, is_it)) return nullptr;
        const auto found =
            std::ranges::find_if(known_, [&](const Table& it) { return is_it(it.name); });
        const bool fits = found != known_.end() && found->columns.size() == reader_.column_count();
        return fits ? &*found : nullptr;
    }

    void append(ChangeLog& log, const Table& table) {
        const bool is_update = reader_.operation() == SQLITE_UPDATE;
        std::vector<bool> shown(table.columns.size(), true);
        for (std::size_t i = 0; is_update && i < shown.size(); ++i) {
            shown[i] = reader_.key_columns()[i] != 0 || reader_.new_value(i) != nullptr;
        }
        const TableId id = id_of(table, shown);
        const Operation operation = is_update                              ? Operation::update
                                    : reader_.operation() == SQLITE_INSERT ? Operation::insert
                                                                           : Operation::remove;
        log.begin_record(operation, id);
        for (std::size_t i = 0; i < shown.size(); ++i) {
            if (!shown[i]) continue;
            if (operation != Operation::insert) log.append(reader_.old_values()[i]);
            const Value* const now = reader_.new_value(i);
            if (operation != Operation::remove && now != nullptr) log.append(*now);
            if (is_update && now == nullptr) log.append_same();
        }
        log.finish_record();
    }

    TableId id_of(const Table& table, const std::vector<bool>& shown) {
        const auto [found, is_new] =
            ids_.emplace(std::pair(&table, shown), static_cast<TableId>(tables_.size()));
        if (is_new) {
            Table& part = tables_.emplace_back();
            part.name = table.name;
            part.identity = Identity::none;
            for (std::size_t i = 0; i < shown.size(); ++i) {
                if (shown[i]) part.columns.push_back(table.columns[i]);
            }
        }
        return found->second;
    }

    ChangesetReader reader_;
    const std::vector<Table>& known_;
    const std::vector<std::string>& left_out_;
    std::vector<Table> tables_;
    std::map<std::pair<const Table*, std::vector<bool>>, TableId> ids_;
};

}  // namespace

ChangesetLog read_as_log(const sqlite::Changeset& changeset, const std::vector<Table>& known,
                         const std::vector<std::string>& left_out) {
    return Converter(changeset, known, left_out).convert();
}

}  // namespace tidemark::change

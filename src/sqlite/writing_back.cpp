#include "sqlite/writing_back.hpp"

#include "sqlite/api.hpp"
#include "sqlite/names.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>
#include <utility>

namespace tidemark::sqlite {
namespace {

// ---- the text of a trigger --------------------------------------------------------------------

bool begins_name(char c) noexcept {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}

bool continues_name(char c) noexcept {
    return begins_name(c) || c == '$' || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// Names without their quotes (also strings, which SQLite takes for names in some places), and other
/// characters one by one.
class Tokens {
public:
    explicit Tokens(std::string_view sql) : sql_(sql) {}

    /// Empty at the end.
    std::string next() {
        skip_space();
        if (at_ == sql_.size()) return {};
        const char first = sql_[at_];
        if (first == '"' || first == '`' || first == '\'') return quoted(first);
        if (first == '[') return quoted(']');
        const std::size_t begin = at_++;
        if (begins_name(first)) {
            while (at_ < sql_.size() && continues_name(sql_[at_])) ++at_;
        }
        return std::string(sql_.substr(begin, at_ - begin));
    }

private:
    void skip_space() {
        while (at_ < sql_.size()) {
            if (std::isspace(static_cast<unsigned char>(sql_[at_])) != 0) {
                ++at_;
            } else if (sql_.substr(at_, 2) == "--") {
                at_ = std::min(sql_.find('\n', at_), sql_.size());
            } else if (sql_.substr(at_, 2) == "/*") {
                const std::size_t end = sql_.find("*/", at_ + 2);
                at_ = end == std::string_view::npos ? sql_.size() : end + 2;
            } else {
                return;
            }
        }
    }

    std::string quoted(char end) {
        std::string name;
        for (++at_; at_ < sql_.size(); ++at_) {
            if (sql_[at_] == end) {
                const bool doubled = end != ']' && sql_.substr(at_ + 1, 1) == std::string(1, end);
                if (!doubled) break;
                ++at_;
            }
            name += sql_[at_];
        }
        at_ = std::min(at_ + 1, sql_.size());
        // Of an empty name nothing is to be known, and it does not end the text.
        return name.empty() ? " " : name;
    }

    std::string_view sql_;
    std::size_t at_ = 0;
};

bool is_word(const std::string& token, const char* word) noexcept {
    return sqlite3_stricmp(token.c_str(), word) == 0;
}

struct Trigger {
    std::vector<std::string> tokens;

    [[nodiscard]] bool inserts_into(const std::string& table) const {
        for (std::size_t i = 1; i < tokens.size(); ++i) {
            if (is_word(tokens[i - 1], "INTO") && same_name(tokens[i], table)) return true;
        }
        return false;
    }

    /// Whether one of these columns may be set, of whatever table.
    [[nodiscard]] bool may_set(const NameSet& columns) const {
        for (std::size_t i = 1; i < tokens.size(); ++i) {
            const std::string& before = tokens[i - 1];
            const bool first =
                is_word(before, "SET") || (before == "(" && i > 1 && is_word(tokens[i - 2], "SET"));
            if ((first || before == ",") && columns.contains(tokens[i])) return true;
        }
        return false;
    }

    [[nodiscard]] bool updates(const std::string& table) const {
        const bool update = std::any_of(tokens.begin(), tokens.end(), [](const std::string& token) {
            return is_word(token, "UPDATE");
        });
        const bool names =
            std::any_of(tokens.begin(), tokens.end(),
                        [&table](const std::string& token) { return same_name(token, table); });
        return update && names;
    }
};

/// By the names of their tables and views.
using Triggers = NameMap<std::vector<Trigger>>;

Triggers read_triggers(sqlite3* connection) {
    Triggers triggers;
    Statement list(connection,
                   "SELECT tbl_name, sql FROM main.sqlite_schema WHERE type = 'trigger'"
                   " UNION ALL SELECT tbl_name, sql FROM temp.sqlite_schema"
                   " WHERE type = 'trigger' AND name NOT GLOB '_tidemark_*'");
    while (list.step()) {
        Trigger& trigger = triggers[std::string(list.text(0))].emplace_back();
        const std::string sql(list.text(1));
        Tokens tokens(sql);
        for (std::string token = tokens.next(); !token.empty(); token = tokens.next()) {
            trigger.tokens.push_back(std::move(token));
        }
    }
    return triggers;
}

// ---- which tables a changed row leads to ------------------------------------------------------

class Marker {
public:
    Marker(sqlite3* connection, const std::vector<ForeignKeyAction>& actions,
           std::vector<TableInfo>& tables)
        : actions_(actions), tables_(tables), triggers_(read_triggers(connection)) {
        for (const ForeignKeyAction& action : actions)
            children_[action.parent].insert(action.child);
        for (const TableInfo& table : tables) known_.insert(table.name);
        for (const auto& [name, of_it] : triggers_) known_.insert(name);
    }

    void mark() {
        for (TableInfo& table : tables_) {
            if (!children_.contains(table.name)) continue;
            mark_update(table);
            mark_delete(table);
        }
    }

private:
    void mark_update(TableInfo& table) {
        for (const ForeignKeyAction& action : actions_) {
            if (!action.on_update || !same_name(action.parent, table.name)) continue;
            if (!reached_from({action.child}).contains(table.name)) continue;
            for (ColumnInfo& column : table.columns) {
                const bool meant = action.is_of(column.name, column.key_position);
                column.update_writes_back = column.update_writes_back || meant;
            }
        }
    }

    // The row is gone by then: only another one that takes its place matters.
    void mark_delete(TableInfo& table) const {
        NameSet children;
        for (const ForeignKeyAction& action : actions_) {
            if (action.on_delete && same_name(action.parent, table.name))
                children.insert(action.child);
        }
        if (children.empty()) return;
        const NameSet keys = key_names(table);
        const NameSet reached = reached_from(children);
        table.delete_writes_back =
            triggers_give_keys(table, keys, reached) || actions_give_keys(table, keys, reached);
    }

    // A row takes the place of another one by its key or in a UNIQUE index.
    static NameSet key_names(const TableInfo& table) {
        NameSet names;
        if (!table.without_rowid) names = {"rowid", "_rowid_", "oid"};
        for (const ColumnInfo& column : table.columns) {
            if (column.key_position > 0 || column.decides_uniqueness) names.insert(column.name);
        }
        return names;
    }

    [[nodiscard]] bool triggers_give_keys(const TableInfo& table, const NameSet& keys,
                                          const NameSet& reached) const {
        for (const auto& [name, of_it] : triggers_) {
            if (!reached.contains(name)) continue;
            for (const Trigger& trigger : of_it) {
                if (trigger.inserts_into(table.name)) return true;
                if (trigger.updates(table.name) && trigger.may_set(keys)) return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool actions_give_keys(const TableInfo& table, const NameSet& keys,
                                         const NameSet& reached) const {
        return std::any_of(actions_.begin(), actions_.end(), [&](const ForeignKeyAction& action) {
            if (!same_name(action.child, table.name) || !keys.contains(action.child_column))
                return false;
            const bool by_itself = same_name(action.parent, table.name);
            return (action.sets_on_delete && by_itself) ||
                   ((action.sets_on_delete || action.on_update) && reached.contains(action.parent));
        });
    }

    /// What the triggers of these tables write to and their own actions change, and so on; with them.
    [[nodiscard]] NameSet reached_from(const NameSet& tables) const {
        NameSet reached = tables;
        std::vector<std::string> open(tables.begin(), tables.end());
        const auto reach = [&](const std::string& name) {
            if (reached.insert(name).second) open.push_back(name);
        };
        while (!open.empty()) {
            const std::string name = std::move(open.back());
            open.pop_back();
            if (const auto found = children_.find(name); found != children_.end()) {
                for (const std::string& child : found->second) reach(child);
            }
            const auto found = triggers_.find(name);
            if (found == triggers_.end()) continue;
            for (const Trigger& trigger : found->second) {
                for (const std::string& token : trigger.tokens) {
                    if (known_.contains(token)) reach(token);
                }
            }
        }
        return reached;
    }

    const std::vector<ForeignKeyAction>& actions_;
    std::vector<TableInfo>& tables_;
    const Triggers triggers_;
    NameMap<NameSet> children_;
    NameSet known_;
};

}  // namespace

void mark_writing_back(sqlite3* connection, const std::vector<ForeignKeyAction>& actions,
                       std::vector<TableInfo>& tables) {
    if (actions.empty()) return;
    Marker(connection, actions, tables).mark();
}

}  // namespace tidemark::sqlite

#include "capture/schema_diff.hpp"

#include "change/table.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace tidemark::capture {
namespace {

// One statement drops a virtual or shadow table, at least one makes it again.
constexpr std::int64_t making_a_table_anew = 2;

using Names = std::vector<std::string>;

Names column_names(const sqlite::TableInfo& table) {
    Names names;
    for (const sqlite::ColumnInfo& column : table.columns) names.push_back(column.name);
    return names;
}

bool has(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::int64_t count_missing(const Names& names, const Names& from) {
    return std::count_if(names.begin(), names.end(),
                         [&from](const std::string& name) { return !has(from, name); });
}

/// How the columns of a table have changed.
struct ColumnsDiff {
    /// No table needs fewer statements for that: each brings or removes one name at most.
    std::int64_t statements = 0;
    /// Only DROP COLUMN writes the rows anew.
    bool rows_written = false;
};

ColumnsDiff compare_columns(const Names& before, const Names& after) {
    ColumnsDiff diff;
    diff.statements = std::max(count_missing(after, before), count_missing(before, after));
    diff.rows_written = after.size() < before.size();
    for (std::size_t i = 0; i < before.size() && !diff.rows_written; ++i) {
        if (before[i] == after[i]) continue;
        const bool renamed = !has(before, after[i]) && !has(after, before[i]);
        diff.rows_written = !renamed;
    }
    return diff;
}

const sqlite::TableInfo* find(const SchemaState& state, const std::string& name) {
    const auto found = state.tables.find(name);
    return found == state.tables.end() ? nullptr : &found->second;
}

bool is_unique_index(const SchemaRow& row) {
    constexpr std::string_view begin = "CREATE UNIQUE";
    return row.type == "index" && row.sql &&
           sqlite3_strnicmp(row.sql->c_str(), begin.data(), static_cast<int>(begin.size())) == 0;
}

/// The rows of a snapshot by what one looks for.
class SchemaIndex {
public:
    explicit SchemaIndex(const SchemaSnapshot& rows) {
        for (const SchemaRow& row : rows) {
            rows_[row.type][row.name] = &row;
            const bool decides =
                row.type == "table" || row.type == "trigger" || is_unique_index(row);
            if (decides) replay_rules_[row.table].insert(row.sql.value_or(""));
            if (row.type == "index") indexes_[row.table].push_back(&row);
        }
    }

    /// Null when there is none.
    [[nodiscard]] const SchemaRow* find(const std::string& type, const std::string& name) const {
        const auto of_type = rows_.find(type);
        if (of_type == rows_.end()) return nullptr;
        const auto found = of_type->second.find(name);
        return found == of_type->second.end() ? nullptr : found->second;
    }

    [[nodiscard]] std::vector<const SchemaRow*> indexes(const std::string& table) const {
        const auto found = indexes_.find(table);
        return found == indexes_.end() ? std::vector<const SchemaRow*>() : found->second;
    }

    /// The texts of what decides how captured changes of a table are replayed.
    [[nodiscard]] std::set<std::string> replay_rules(const std::string& table) const {
        const auto found = replay_rules_.find(table);
        return found == replay_rules_.end() ? std::set<std::string>() : found->second;
    }

private:
    std::map<std::string, sqlite::NameMap<const SchemaRow*>> rows_;
    // By the name of the table, which a trigger may have written in other letters.
    sqlite::NameMap<std::set<std::string>> replay_rules_;
    sqlite::NameMap<std::vector<const SchemaRow*>> indexes_;
};

// The order counts: it decides, for instance, in which order triggers fire.
bool same_texts(const SchemaSnapshot& left, const SchemaSnapshot& right) {
    const auto same = [](const SchemaRow& one, const SchemaRow& other) {
        return one.type == other.type && one.name == other.name && one.table == other.table &&
               one.sql == other.sql;
    };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
}

class Comparison {
public:
    Comparison(const SchemaState& before, const SchemaState& after, const SchemaEvidence& evidence)
        : before_(before),
          after_(after),
          evidence_(evidence),
          old_rows_(before.rows),
          new_rows_(after.rows) {}

    std::optional<SchemaDiff> run() {
        follow_tables();
        compare_tables();
        compare_the_rest();
        if (!certain()) return std::nullopt;
        diff_.changed = !same_texts(before_.rows, after_.rows);
        list_objects();
        judge_tables();
        return std::move(diff_);
    }

private:
    // Which table of now is which one of before. A watched one says so itself; the others (virtual,
    // shadow, excluded, SQLite's own) are known by their names.
    void follow_tables() {
        for (const SchemaRow& row : before_.rows) {
            if (row.type != "table") continue;
            const auto watched = evidence_.watched.find(row.name);
            if (watched == evidence_.watched.end()) continue;
            now_[row.name] = watched->second;
            if (watched->second) earlier_[*watched->second] = row.name;
        }
        for (const SchemaRow& row : before_.rows) {
            if (row.type != "table" || now_.contains(row.name)) continue;
            const SchemaRow* same_name = new_rows_.find("table", row.name);
            const bool there = same_name != nullptr && same_name->has_content == row.has_content &&
                               !earlier_.contains(row.name);
            now_[row.name] = there ? std::optional(row.name) : std::nullopt;
            if (there) earlier_[row.name] = row.name;
        }
    }

    // ---- tables -------------------------------------------------------------------------------

    void compare_tables() {
        for (const SchemaRow& row : before_.rows) {
            if (row.type != "table") continue;
            const std::optional<std::string>& name = now_[row.name];
            if (!name) {
                count_dropped_table(row);
            } else if (const SchemaRow* now = new_rows_.find("table", *name)) {
                compare_table(row, *now);
            } else {
                contradiction_ = true;
            }
        }
        for (const SchemaRow& row : after_.rows) {
            if (row.type == "table" && !earlier_.contains(row.name)) count_created_table(row);
        }
    }

    bool is_shadow(const SchemaState& state, const SchemaRow& row) const {
        const sqlite::TableInfo* info = find(state, row.name);
        return info != nullptr && info->shadow;
    }

    void count_dropped_table(const SchemaRow& row) {
        const bool shadow = is_shadow(before_, row);
        virtual_changed_ = virtual_changed_ || shadow || row.is_virtual();
        // Nobody but VACUUM drops it, when no table uses it any more.
        if (row.name == change::sequence_table) contradiction_ = true;
        note_unwatched(before_, row);
        // Shadow tables go with their virtual table.
        if (!shadow) ++statements_;
    }

    // An ordinary table without our triggers: whether it was renamed is not known.
    void note_unwatched(const SchemaState& state, const SchemaRow& row) {
        const sqlite::TableInfo* info = find(state, row.name);
        const bool ordinary = info != nullptr && !info->shadow;
        if (ordinary && !evidence_.watched.contains(row.name)) unwatched_changed_ = true;
    }

    void count_created_table(const SchemaRow& row) {
        diff_.made_anew.push_back(row.name);
        virtual_changed_ = virtual_changed_ || row.is_virtual() || is_shadow(after_, row);
        // AUTOINCREMENT makes the one on the way, and ANALYZE the other, beside sqlite_stat1.
        if (row.name != change::sequence_table && row.name != "sqlite_stat4") ++statements_;
    }

    void compare_table(const SchemaRow& row, const SchemaRow& now) {
        if (row.name != now.name) {
            ++statements_;
            altered_ = renamed_ = true;
        }
        if (row.sql == now.sql) return;
        if (row.is_virtual() || is_shadow(before_, row)) {
            virtual_changed_ = virtual_made_anew_ = true;
            rewritten_.insert(row.name);
            if (row.is_virtual()) statements_ += making_a_table_anew;
            return;
        }
        const sqlite::TableInfo* old_info = find(before_, row.name);
        const sqlite::TableInfo* new_info = find(after_, now.name);
        // Of a table without our triggers nobody knows whether it is the same.
        const bool watched = evidence_.watched.contains(row.name);
        if (old_info == nullptr || new_info == nullptr || !watched) {
            contradiction_ = true;
            return;
        }
        compare_columns_of(row, column_names(*old_info), column_names(*new_info));
        // The rows at the other end have rowids of their own, as long as nobody can see them.
        if (old_info->hides_rowid() && !new_info->hides_rowid()) rewritten_.insert(row.name);
    }

    void compare_columns_of(const SchemaRow& row, const Names& old_names, const Names& new_names) {
        const ColumnsDiff columns = compare_columns(old_names, new_names);
        statements_ += columns.statements;
        if (columns.rows_written) rewritten_.insert(row.name);
        altered_ = altered_ || columns.statements > 0;
        const bool renames = !columns.rows_written && count_missing(old_names, new_names) > 0;
        renamed_ = renamed_ || renames;
        if (renames) columns_renamed_.insert(row.name);
        // A foreign key names the columns and tables that a rename changes; otherwise only somebody
        // who writes into sqlite_schema changes a text and no columns.
        if (columns.statements == 0) other_table_texts_ = true;
    }

    // ---- indexes, views, triggers -------------------------------------------------------------

    void compare_the_rest() {
        for (const SchemaRow& row : before_.rows) {
            if (row.type == "table" || row.is_automatic_index()) continue;
            if (gone_with_its_table(row)) continue;
            const SchemaRow* now = new_rows_.find(row.type, row.name);
            if (now == nullptr) {
                count_dropped(row);
            } else if (now->sql != row.sql) {
                compare_texts(row, *now);
            }
        }
        for (const SchemaRow& row : after_.rows) {
            if (row.type == "table" || row.is_automatic_index()) continue;
            const SchemaRow* old = old_rows_.find(row.type, row.name);
            if (old == nullptr || gone_with_its_table(*old)) ++statements_;
        }
    }

    // SQLite 3.40 has a VACUUM that moves an index to a TEMP table of the same name.
    void count_dropped(const SchemaRow& row) {
        if (row.type == "index" && evidence_.read_again) {
            ++indexes_gone_;
            return;
        }
        ++statements_;
    }

    // A rename changes the texts of all that names the table or column. Otherwise the object was
    // dropped and created, unless somebody has written into sqlite_schema.
    void compare_texts(const SchemaRow& row, const SchemaRow& now) {
        other_texts_ = true;
        // A VACUUM gives new places to all rows.
        if (renamed_ || evidence_.read_again) return;
        if (row.rowid != now.rowid) statements_ += 2;
    }

    bool gone_with_its_table(const SchemaRow& row) const {
        if (row.type == "view") return false;
        const auto table = now_.find(row.table);
        if (table != now_.end()) return !table->second;
        return new_rows_.find("view", row.table) == nullptr;
    }

    // ---- the verdict --------------------------------------------------------------------------

    bool certain() {
        const std::int64_t rest = evidence_.versions - statements_;
        diff_.statements_without_trace = rest;
        // Then all there is is new.
        if (before_.rows.empty()) return true;
        if (contradiction_ || rest < 0) return false;
        if (other_table_texts_ && !renamed_) return false;
        if (other_texts_ && evidence_.versions == 0) return false;
        return evidence_.read_again ? certain_after_alter(rest) : !altered_;
    }

    bool certain_after_alter(std::int64_t rest) const {
        // Columns dropped and added again, a VACUUM between a DROP and a CREATE INDEX: with two
        // statements too many to be told.
        if (rest > 1 || virtual_changed_ || unwatched_changed_) return false;
        // Nothing that is to be seen has made SQLite read the schema again: something failed, was
        // rolled back, or came by sqlite3_backup.
        if (rest <= indexes_gone_ && !altered_) return false;
        // A VACUUM alone is better followed by a copy: the file gets smaller by that too.
        return rest == 0 || rest != evidence_.versions;
    }

    /// With one statement too many: it may have been a VACUUM, or one of two by which a column that
    /// looks renamed was dropped and another one added. (Or a table that is new was renamed, which
    /// does no harm.)
    bool may_have_other_rows(const sqlite::TableInfo& table) const {
        const std::int64_t rest = diff_.statements_without_trace;
        if (table.shadow) return virtual_made_anew_ || rest >= making_a_table_anew;
        if (!evidence_.read_again || rest == 0) return false;
        return columns_renamed_.contains(table.name) || vacuum_renumbers(table);
    }

    // VACUUM keeps the rowids of tables with a key and of tables with an index.
    bool vacuum_renumbers(const sqlite::TableInfo& table) const {
        if (table.without_rowid || table.integer_primary_key >= 0) return false;
        const auto indexes = old_rows_.indexes(table.name);
        return std::none_of(indexes.begin(), indexes.end(), [this](const SchemaRow* index) {
            return index->is_automatic_index() || new_rows_.find("index", index->name) != nullptr;
        });
    }

    bool has_other_rows(const std::string& before) const {
        const auto now = now_.find(before);
        return now == now_.end() || !now->second || rewritten_.contains(before);
    }

    std::optional<std::string> origin_of_table(const SchemaRow& row) const {
        const auto found = earlier_.find(row.name);
        if (found == earlier_.end() || has_other_rows(found->second)) return std::nullopt;
        return found->second;
    }

    std::optional<std::string> origin_of_index(const SchemaRow& row) const {
        const auto found = earlier_.find(row.table);
        if (found == earlier_.end() || has_other_rows(found->second)) return std::nullopt;
        if (row.is_automatic_index()) {
            // sqlite_autoindex_<table>_<number>, numbered in the order of the table's text.
            return "sqlite_autoindex_" + found->second + row.name.substr(row.name.rfind('_'));
        }
        const SchemaRow* old = old_rows_.find("index", row.name);
        if (old == nullptr || old->table != found->second) return std::nullopt;
        return old->sql == row.sql || renamed_ ? std::optional(old->name) : std::nullopt;
    }

    void list_objects() {
        for (const SchemaRow& row : after_.rows) {
            change::SchemaObject object{.type = row.type,
                                        .name = row.name,
                                        .table = row.table,
                                        .sql = row.sql,
                                        .has_content = row.has_content};
            if (object.has_content) {
                object.origin = row.type == "table" ? origin_of_table(row) : origin_of_index(row);
            }
            diff_.step.objects.push_back(std::move(object));
        }
    }

    void judge_tables() {
        for (const auto& [name, info] : before_.tables) {
            TableFate& fate = diff_.fates[name];
            fate.name = now_[name];
            if (!fate.name) continue;
            if (rewritten_.contains(name) || may_have_other_rows(info)) {
                diff_.made_anew.push_back(*fate.name);
                continue;
            }
            fate.same =
                fate.name == name && old_rows_.replay_rules(name) == new_rows_.replay_rules(name);
        }
    }

    const SchemaState& before_;
    const SchemaState& after_;
    const SchemaEvidence& evidence_;
    const SchemaIndex old_rows_;
    const SchemaIndex new_rows_;

    // Names of tables: until now to now (nothing: gone), and back.
    sqlite::NameMap<std::optional<std::string>> now_;
    sqlite::NameMap<std::string> earlier_;
    // By their old names: tables whose rows DROP COLUMN has written anew, virtual tables that were
    // made anew, and shadow tables.
    sqlite::NameSet rewritten_;
    // The same of tables of which columns have other names.
    sqlite::NameSet columns_renamed_;

    // How many statements the differences need at least.
    std::int64_t statements_ = 0;
    // Not counted there: see count_dropped.
    std::int64_t indexes_gone_ = 0;
    // ALTER TABLE has been at work.
    bool altered_ = false;
    bool renamed_ = false;
    bool unwatched_changed_ = false;
    bool virtual_changed_ = false;
    bool virtual_made_anew_ = false;
    bool other_table_texts_ = false;
    bool other_texts_ = false;
    bool contradiction_ = false;
    SchemaDiff diff_;
};

}  // namespace

std::optional<SchemaDiff> diff_schema(const SchemaState& before, const SchemaState& after,
                                      const SchemaEvidence& evidence) {
    return Comparison(before, after, evidence).run();
}

}  // namespace tidemark::capture

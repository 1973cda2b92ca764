#include "destination/sqlite_file/changeset_writer.hpp"

#include "destination/destination.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/savepoint.hpp"
#include "sqlite/table_info.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tidemark::destination {
namespace {

// As many statements are kept for the different sets of columns that updates of a table change.
constexpr std::size_t update_statements_max = 64;

struct ValueDeleter {
    void operator()(sqlite3_value* value) const noexcept { sqlite3_value_free(value); }
};
using OwnedValue = std::unique_ptr<sqlite3_value, ValueDeleter>;
using OwnedRow = std::vector<OwnedValue>;

NotApplicable does_not_fit(const std::string& table, std::string reason) {
    return NotApplicable({.operation = "apply a changeset to",
                          .object = table,
                          .reason = std::move(reason),
                          .advice = "the disk database becomes a whole copy of the RAM database"});
}

std::string where_key(const change::Table& table, const std::vector<bool>& key) {
    std::string sql = " WHERE ";
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (!key[i]) continue;
        if (sql.size() > 7) sql += " AND ";
        // A parameter bears the number of its column.
        sql += sqlite::quoted(table.columns[i]) + " = ?" + std::to_string(i + 1);
    }
    return sql;
}

std::string column_list(const change::Table& table) {
    std::string list;
    for (const std::string& column : table.columns) {
        list += (list.empty() ? "" : ", ") + sqlite::quoted(column);
    }
    return list;
}

// The conflict clause is written out: the schema may say ON CONFLICT REPLACE or IGNORE.
std::string insert_sql(const change::Table& table) {
    std::string parameters;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        parameters += (i > 0 ? ", ?" : "?") + std::to_string(i + 1);
    }
    return "INSERT OR ABORT INTO main." + sqlite::quoted(table.name) + "(" + column_list(table) +
           ") VALUES(" + parameters + ")";
}

std::string update_sql(const change::Table& table, const std::vector<bool>& key,
                       const std::vector<bool>& changed) {
    std::string assignments;
    for (std::size_t i = 0; i < changed.size(); ++i) {
        if (!changed[i]) continue;
        assignments += (assignments.empty() ? "" : ", ") + sqlite::quoted(table.columns[i]) +
                       " = ?" + std::to_string(i + 1);
    }
    return "UPDATE OR ABORT main." + sqlite::quoted(table.name) + " SET " + assignments +
           where_key(table, key);
}

void bind(sqlite::Statement& statement, int parameter, sqlite3_value* value) {
    sqlite::check(sqlite3_db_handle(statement.get()),
                  sqlite3_bind_value(statement.get(), parameter, value), "bind a value");
}

sqlite::Statement prepare(sqlite3* connection, const std::string& sql) {
    return {connection, sql, SQLITE_PREPARE_PERSISTENT};
}

void bind_old_key(sqlite::Statement& statement, const std::vector<bool>& key,
                  const sqlite::ChangesetIterator& change) {
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (key[i]) bind(statement, static_cast<int>(i) + 1, change.old_value(static_cast<int>(i)));
    }
}

OwnedValue duplicate(sqlite3_value* value) {
    OwnedValue copy(sqlite3_value_dup(value));
    if (!copy) throw std::bad_alloc();
    return copy;
}

}  // namespace

void ChangesetWriter::write(const sqlite::Changeset& changeset) {
    if (changeset.empty()) return;
    try {
        sqlite::Savepoint savepoint(connection_, "apply a changeset");
        write_directly(changeset);
        savepoint.release();
        return;
    } catch (const Error& error) {
        // Rows that trade UNIQUE values: the second way has no such order to respect.
        if ((error.code() & 0xff) != SQLITE_CONSTRAINT) throw;
    }
    write_in_two_phases(changeset);
}

void ChangesetWriter::write_directly(const sqlite::Changeset& changeset) {
    for (const int operation : {SQLITE_DELETE, SQLITE_UPDATE, SQLITE_INSERT}) {
        for (sqlite::ChangesetIterator change(changeset); change.next();) {
            if (change.operation() != operation) continue;
            Target& target = target_of(change);
            if (operation == SQLITE_DELETE) {
                remove(target, change);
            } else if (operation == SQLITE_UPDATE) {
                update(target, change);
            } else {
                insert(target, change);
            }
        }
    }
}

ChangesetWriter::Target& ChangesetWriter::target_of(const sqlite::ChangesetIterator& change) {
    const auto known = targets_.find(change.table());
    if (known != targets_.end()) return known->second;
    const auto tables = sqlite::read_tables(connection_);
    const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& info) {
        return sqlite::same_name(info.name, change.table());
    });
    if (found == tables.end()) throw does_not_fit(change.table(), "the table is not there");
    Target target;
    target.table = change::describe(*found);
    if (target.table.columns.size() != static_cast<std::size_t>(change.column_count())) {
        throw does_not_fit(change.table(), "the table has other columns");
    }
    for (const unsigned char flag : change.key_columns()) target.key.push_back(flag != 0);
    target.insert = prepare(connection_, insert_sql(target.table));
    target.remove = prepare(connection_, "DELETE FROM main." + sqlite::quoted(target.table.name) +
                                             where_key(target.table, target.key));
    target.select = prepare(connection_, "SELECT " + column_list(target.table) + " FROM main." +
                                             sqlite::quoted(target.table.name) +
                                             where_key(target.table, target.key));
    return targets_.emplace(change.table(), std::move(target)).first->second;
}

void ChangesetWriter::insert(Target& target, const sqlite::ChangesetIterator& change) {
    for (int i = 0; i < change.column_count(); ++i) {
        bind(target.insert, i + 1, change.new_value(i));
    }
    target.insert.run();
}

void ChangesetWriter::update(Target& target, const sqlite::ChangesetIterator& change) {
    std::vector<bool> changed(target.key.size());
    for (std::size_t i = 0; i < changed.size(); ++i) {
        changed[i] = change.new_value(static_cast<int>(i)) != nullptr;
    }
    if (target.updates.size() >= update_statements_max && !target.updates.contains(changed)) {
        target.updates.clear();
    }
    sqlite::Statement& statement = target.updates[changed];
    if (!statement) {
        statement = prepare(connection_, update_sql(target.table, target.key, changed));
    }
    bind_old_key(statement, target.key, change);
    for (std::size_t i = 0; i < changed.size(); ++i) {
        const int column = static_cast<int>(i);
        if (changed[i]) bind(statement, column + 1, change.new_value(column));
    }
    statement.run();
    if (sqlite3_changes64(connection_) != 1) {
        throw does_not_fit(target.table.name, "a row to be changed is not there");
    }
}

void ChangesetWriter::remove(Target& target, const sqlite::ChangesetIterator& change) {
    bind_old_key(target.remove, target.key, change);
    target.remove.run();
    if (sqlite3_changes64(connection_) != 1) {
        throw does_not_fit(target.table.name, "a row to be removed is not there");
    }
}

namespace {

// The row as it will be: new values where the changeset has them, those on disk elsewhere.
OwnedRow merge(sqlite::Statement& select, const std::vector<bool>& key,
               const sqlite::ChangesetIterator& change, const std::string& table) {
    bind_old_key(select, key, change);
    if (!select.step()) throw does_not_fit(table, "a row to be changed is not there");
    OwnedRow row;
    for (int i = 0; i < change.column_count(); ++i) {
        sqlite3_value* changed = change.new_value(i);
        row.push_back(duplicate(changed != nullptr ? changed : select.value(i)));
    }
    select.reset();
    return row;
}

}  // namespace

void ChangesetWriter::write_in_two_phases(const sqlite::Changeset& changeset) {
    std::vector<std::pair<Target*, OwnedRow>> rows;
    for (sqlite::ChangesetIterator change(changeset); change.next();) {
        if (change.operation() == SQLITE_INSERT) continue;
        Target& target = target_of(change);
        if (change.operation() == SQLITE_UPDATE) {
            rows.emplace_back(&target, merge(target.select, target.key, change, target.table.name));
        }
        remove(target, change);
    }
    for (auto& [target, row] : rows) {
        int parameter = 1;
        for (const OwnedValue& value : row) bind(target->insert, parameter++, value.get());
        target->insert.run();
    }
    for (sqlite::ChangesetIterator change(changeset); change.next();) {
        if (change.operation() == SQLITE_INSERT) insert(target_of(change), change);
    }
}

}  // namespace tidemark::destination

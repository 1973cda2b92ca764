#include "database/undoing.hpp"

#include "change/json.hpp"
#include "change/table_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/savepoint.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/table_info.hpp"
#include "sqlite/transaction.hpp"

#include <algorithm>
#include <cassert>
#include <span>

namespace tidemark {
namespace {

using change::Value;
using Kind = UndoConflict::Kind;
using Image = std::vector<Value>;

bool equal(const Image& left, const Image& right) {
    return std::ranges::equal(left, right, change::identical);
}

// What it points to is valid until the next step.
Image read_image(sqlite::Statement& statement, bool utf16) {
    Image image;
    for (int i = 0; i < statement.column_count(); ++i) {
        image.push_back(change::read_value(statement.value(i), utf16));
    }
    return image;
}

/// Whether a row has to be out of the way before it can become another one.
bool changes_unique_values(const change::Table& table, const Image& from, const Image& to) {
    return table.displaces_others &&
           std::ranges::any_of(table.unique_places, [&](std::size_t place) {
               return !change::identical(from[place], to[place]);
           });
}

/// Texts that are equal when the rows are.
std::vector<std::string> sorted_texts(const change::Table& table, const std::vector<Image>& rows) {
    std::vector<std::string> texts;
    for (const Image& row : rows) texts.push_back(change::row_as_json(table, row));
    std::ranges::sort(texts);
    return texts;
}

bool is_constraint(const Error& error) {
    const int code = error.code() & 0xff;
    return (code == SQLITE_CONSTRAINT && error.code() != SQLITE_CONSTRAINT_TRIGGER) ||
           code == SQLITE_MISMATCH;
}

}  // namespace

Undoing::Undoing(sqlite3* ram, sqlite::Authorizer& authorizer, const change::Effects& effects,
                 const UndoOptions& options)
    : ram_(ram),
      authorizer_(authorizer),
      effects_(effects),
      options_(options),
      own_work_(std::in_place, authorizer),
      raised_limits_(ram),
      utf16_(sqlite::query_text(ram, "PRAGMA main.encoding") != "UTF-8"),
      report_{.batch = effects.number, .dry_run = options.dry_run},
      target_(find_undo_target(ram, effects)),
      net_(effects) {
    if (target_.has_triggers) {
        triggers_off_.emplace(ram_, SQLITE_DBCONFIG_ENABLE_TRIGGER, false);
    }
    if (!target_.referring_tables.empty()) {
        foreign_keys_off_.emplace(ram_, SQLITE_DBCONFIG_ENABLE_FKEY, false);
    }
    add_tables();
    read_wholes();
}

void Undoing::add_tables() {
    for (UndoTable& table : target_.tables) {
        destination::RowWriter rows(ram_, destination::shape_of_images(table.table, false),
                                    destination::Conflict::abort);
        TableChanges counts{.table = table.table.name};
        tables_.push_back(
            {.target = std::move(table), .rows = std::move(rows), .counts = std::move(counts)});
    }
}

void Undoing::read_wholes() {
    std::map<change::TableId, Table*> wholes;
    for (Table& table : tables_) {
        if (table.target.table.identity == change::Identity::none) {
            wholes.emplace(table.target.id, &table);
        }
    }
    if (wholes.empty()) return;
    change::LogReader reader(effects_.log, change::table_list(effects_.tables));
    for (change::Record record; reader.next(record);) {
        const auto found = wholes.find(record.table);
        if (found == wholes.end()) continue;
        if (!record.old_values.empty()) found->second->before.push_back(record.old_values);
        if (!record.new_values.empty()) found->second->after.push_back(record.new_values);
    }
}

UndoReport Undoing::run() {
    sqlite::WriteTransaction transaction(ram_, undoing);
    compare();
    if (report_.possible()) attempt();
    if (report_.possible()) {
        for (const Table& table : tables_) {
            const TableChanges& counts = table.counts;
            if (counts.inserts + counts.updates + counts.deletes > 0) {
                report_.tables.push_back(counts);
            }
        }
        if (!options_.dry_run) commit();
    }
    return std::move(report_);
}

void Undoing::add_conflict(UndoConflict conflict) {
    ++report_.conflict_count;
    const bool has_room =
        options_.conflicts_max == 0 || report_.conflicts.size() < options_.conflicts_max;
    if (has_room) report_.conflicts.push_back(std::move(conflict));
}

// ---- what is there ----------------------------------------------------------------------------

void Undoing::compare() {
    for (UndoConflict& conflict : target_.conflicts) add_conflict(std::move(conflict));
    compare_header();
    for (Table& table : tables_) {
        if (table.target.table.identity == change::Identity::none) {
            compare_whole(table);
        } else {
            compare_rows(table);
        }
    }
    if (report_.possible()) read_own_tables();
}

void Undoing::compare_header() {
    const auto compare = [this](const char* name, std::int32_t before, std::int32_t after) {
        if (before == after) return;
        const std::string pragma = std::string("PRAGMA main.") + name;
        const std::int64_t found = sqlite::query_integer(ram_, pragma);
        if (found == after) return;
        add_conflict({.kind = Kind::differs,
                      .table = std::string("PRAGMA ") + name,
                      .left = std::to_string(after),
                      .found = std::to_string(found),
                      .reason = "it has been changed since"});
    };
    compare("user_version", effects_.header_before.user_version,
            effects_.header_after.user_version);
    compare("application_id", effects_.header_before.application_id,
            effects_.header_after.application_id);
}

void Undoing::compare_rows(Table& table) {
    for (const change::NetRow& row : net_.of(table.target.id)) compare_row(table, row);
}

void Undoing::compare_row(Table& table, const change::NetRow& row) {
    const Image before = net_.before(row);
    const Image after = net_.after(row);
    if (equal(before, after)) return;
    ++(before.empty()  ? table.counts.deletes
       : after.empty() ? table.counts.inserts
                       : table.counts.updates);
    const Image& key = after.empty() ? before : after;
    sqlite::Statement& select = table.rows.select(key);
    const bool is_found = select.step();
    const Image found = is_found ? read_image(select, utf16_) : Image();
    const auto conflict = [&](Kind kind, const char* reason) {
        const change::Table& described = table.target.table;
        add_conflict({.kind = kind,
                      .table = described.name,
                      .key = table.target.key_of(key),
                      .left = after.empty() ? "" : change::row_as_json(described, after),
                      .found = found.empty() ? "" : change::row_as_json(described, found),
                      .reason = reason});
    };
    if (!after.empty()) {
        if (!is_found) {
            conflict(Kind::gone, "it has been deleted since");
        } else if (!equal(found, after)) {
            conflict(Kind::differs, "it has been changed since");
        }
    } else if (is_found && !gives_way(table, row, before, found)) {
        conflict(Kind::already_there, "it is there again, or another one with its key");
    }
    select.reset();
}

// Whether a row that is to come back may do so although another one has its key.
bool Undoing::gives_way(const Table& table, const change::NetRow& row, const Image& before,
                        const Image& found) {
    const change::Table& described = table.target.table;
    if (described.identity != change::Identity::rowid) {
        // Keys that are one to the table and two in the log, such as 'a' and 'A': that one goes.
        const change::NetRow* const other = net_.find(table.target.id, found);
        return other != nullptr && other != &row && other->is_there && !other->was_there;
    }
    // A rowid that no column shows is no part of what a row says: SQLite has given it to another one.
    const std::span<const Value> was = std::span(before).subspan(1);
    const std::span<const Value> is = std::span(found).subspan(1);
    const std::vector<std::size_t>& key = table.target.primary_key;
    const bool is_same = key.empty() ? std::ranges::equal(was, is, change::identical)
                                     : std::ranges::all_of(key, [&](std::size_t column) {
                                           return change::identical(was[column], is[column]);
                                       });
    if (is_same) return false;
    without_rowid_.insert(&row);
    return true;
}

void Undoing::compare_whole(Table& table) {
    const change::Table& described = table.target.table;
    table.counts.inserts = table.before.size();
    table.counts.deletes = table.after.size();
    std::vector<std::string> found;
    sqlite::Statement rows(ram_, change::select_images(described));
    while (rows.step()) found.push_back(change::row_as_json(described, read_image(rows, utf16_)));
    std::ranges::sort(found);
    if (found == sorted_texts(described, table.after)) return;
    add_conflict({.kind = Kind::differs,
                  .table = described.name,
                  .reason = "its rows, which nothing can name, have been changed since"});
}

// ---- SQLite's own tables ----------------------------------------------------------------------

// Counters of AUTOINCREMENT and statistics go back where nobody has moved them since; elsewhere they
// stay, and that is no conflict. Counters also move when rows are inserted: all of them are put back.
void Undoing::read_own_tables() {
    own_tables_.clear();
    for (const change::Table& table : change::system_tables()) {
        change::RowImages images(ram_, table.name.c_str());
        if (!images.exists()) continue;
        for (change::TableId id = 0; id < effects_.tables.size(); ++id) {
            if (sqlite::same_name(effects_.tables[id].table.name, table.name)) {
                take_back_own_rows(id, images);
            }
        }
        own_tables_.push_back(std::move(images));
    }
}

void Undoing::take_back_own_rows(change::TableId id, change::RowImages& images) {
    for (const change::NetRow& row : net_.of(id)) {
        const Image before = net_.before(row);
        const Image after = net_.after(row);
        if (before.empty() && after.empty()) continue;
        const Image* const found = images.find((after.empty() ? before : after).front().integer);
        const bool stands = found == nullptr ? after.empty() : equal(*found, after);
        if (stands) images.change(after, before);
    }
}

void Undoing::write_own_tables() {
    for (const change::RowImages& images : own_tables_) {
        const std::string& name = images.table().name;
        if (change::RowImages(ram_, name.c_str()) == images) continue;
        destination::RowWriter rows(ram_, destination::shape_of_images(images.table(), false),
                                    destination::Conflict::abort);
        rows.clear();
        for (const auto& [rowid, image] : images.rows()) {
            rows.insert(destination::Conflict::abort, image);
        }
        rows.finish_gathered();
    }
}

// ---- writing ----------------------------------------------------------------------------------

void Undoing::attempt() {
    Violations after;
    {
        sqlite::Savepoint savepoint(ram_, undoing);
        write();
        if (!report_.possible()) return;
        after = violations();
        if (after.empty()) return savepoint.release();
    }
    // Rolled back. What referred to nothing before may do so after it.
    add_violations(violations(), after);
    if (report_.possible()) write();
}

void Undoing::write() {
    for (Table& table : tables_) {
        if (table.target.table.identity == change::Identity::none) {
            write_whole(table);
        } else {
            write_rows(table);
        }
    }
    write_own_tables();
}

void Undoing::write_rows(Table& table) {
    const change::Table& described = table.target.table;
    const std::vector<change::NetRow>& rows = net_.of(table.target.id);
    std::vector<const change::NetRow*> to_insert;
    for (const change::NetRow& row : rows) {
        const Image before = net_.before(row);
        const Image after = net_.after(row);
        const bool is_replaced =
            !before.empty() && !after.empty() && changes_unique_values(described, after, before);
        if (!after.empty() && (before.empty() || is_replaced)) {
            [[maybe_unused]] const bool was_found = table.rows.remove(after);
            assert(was_found);
        }
        if (!before.empty() && (after.empty() || is_replaced)) to_insert.push_back(&row);
    }
    for (const change::NetRow& row : rows) {
        const Image before = net_.before(row);
        const Image after = net_.after(row);
        if (before.empty() || after.empty() || equal(before, after)) continue;
        if (changes_unique_values(described, after, before)) continue;
        std::vector<bool> changed;
        for (std::size_t i = 0; i < before.size(); ++i) {
            changed.push_back(!change::identical(before[i], after[i]));
        }
        try_row(table, before, [&] {
            [[maybe_unused]] const bool was_found = table.rows.update(changed, after, before);
            assert(was_found);
        });
    }
    // Those that get a new rowid last, or they might get one that another row is to have.
    std::stable_partition(to_insert.begin(), to_insert.end(), [this](const change::NetRow* row) {
        return !without_rowid_.contains(row);
    });
    for (const change::NetRow* const row : to_insert) {
        const Image before = net_.before(*row);
        Image image = before;
        if (without_rowid_.contains(row)) image.front() = Value{};
        try_row(table, before, [&] {
            table.rows.insert(destination::Conflict::abort, image);
            table.rows.finish_gathered();
        });
    }
}

void Undoing::write_whole(Table& table) {
    table.rows.clear();
    for (const Image& row : table.before) {
        try_row(table, row, [&] {
            table.rows.insert(destination::Conflict::abort, row);
            table.rows.finish_gathered();
        });
    }
}

// A row that cannot be written is a conflict, and the others are tried all the same.
template <typename Work>
void Undoing::try_row(Table& table, const Image& row, Work work) {
    try {
        work();
    } catch (const Error& error) {
        if (!is_constraint(error)) throw;
        table.rows.discard_gathered();
        add_conflict({.kind = Kind::constraint,
                      .table = table.target.table.name,
                      .key = table.target.key_of(row),
                      .reason = error.reason()});
    }
}

// ---- foreign keys -----------------------------------------------------------------------------

Undoing::Violations Undoing::violations() const {
    Violations found;
    for (const std::string& table : target_.referring_tables) {
        sqlite::Statement check(ram_,
                                "PRAGMA main.foreign_key_check(" + sqlite::quoted(table) + ")");
        while (check.step()) {
            std::optional<std::int64_t> rowid;
            if (!check.is_null(1)) rowid = check.integer(1);
            ++found[{std::string(check.text(0)), rowid, std::string(check.text(2)),
                     check.integer(3)}];
        }
    }
    return found;
}

void Undoing::add_violations(const Violations& before, const Violations& after) {
    for (const auto& [violation, count] : after) {
        const auto known = before.find(violation);
        if (known != before.end() && known->second >= count) continue;
        const auto& [table, rowid, parent, number] = violation;
        UndoConflict conflict{.kind = Kind::foreign_key, .table = table};
        conflict.reason = "a row of '" + parent + "' that it refers to would not be there";
        if (rowid) {
            const std::optional<sqlite::TableInfo> info = sqlite::read_table(ram_, table);
            const bool has_column = info && info->integer_primary_key >= 0;
            change::Table named;
            named.columns = {
                has_column ? info->columns[static_cast<std::size_t>(info->integer_primary_key)].name
                           : "rowid"};
            const Image key{{.storage_class = StorageClass::integer, .integer = *rowid}};
            conflict.key = change::row_as_json(named, key);
        }
        add_conflict(std::move(conflict));
    }
}

// ---- the end ----------------------------------------------------------------------------------

// Whoever hears of statements, to bring to the disk or hand over what they have done (commits that wait,
// cuts in calls), has heard of none so far, since all were our own work. So the COMMIT is the
// application's, for which the call stands, and before it a statement that says that something was
// written, even where the header stays. They are prepared before: the authorizer is not asked.
void Undoing::commit() {
    std::vector<sqlite::Statement> last;
    const auto set = [&](const std::string& name, std::int64_t value) {
        last.emplace_back(ram_, "PRAGMA main." + name + " = " + std::to_string(value));
    };
    const change::Header& before = effects_.header_before;
    const change::Header& after = effects_.header_after;
    set("user_version", before.user_version != after.user_version
                            ? before.user_version
                            : sqlite::query_integer(ram_, "PRAGMA main.user_version"));
    if (before.application_id != after.application_id) {
        set("application_id", before.application_id);
    }
    last.emplace_back(ram_, "COMMIT");
    own_work_.reset();
    try {
        for (sqlite::Statement& statement : last) statement.run();
    } catch (...) {
        // The ROLLBACK is not asked about either.
        own_work_.emplace(authorizer_);
        throw;
    }
    own_work_.emplace(authorizer_);
}

}  // namespace tidemark

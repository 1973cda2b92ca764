#include "capture/trigger/trigger_capture.hpp"

#include "capture/trigger/temp_schema.hpp"
#include "capture/trigger/trigger_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/savepoint.hpp"
#include "sqlite/statement.hpp"
#include "sqlite/switched.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace tidemark::capture {
namespace {

constexpr change::Operation logged_operations[] = {
    change::Operation::insert, change::Operation::update, change::Operation::remove};

std::vector<std::string> trigger_names(std::size_t slot, Watch watch) {
    if (watch == Watch::presence) return {trigger_name(slot, presence_event)};
    std::vector<std::string> names;
    for (const change::Operation operation : logged_operations) {
        names.push_back(trigger_name(slot, change::sql_name(operation)));
    }
    return names;
}

// Reads 0 until SQLite reads the TEMP schema again.
constexpr const char* generation_view = "_tidemark_generation";

}  // namespace

std::size_t TriggerCapture::Slot::triggers() const noexcept {
    if (!used) return 0;
    return watch == Watch::presence ? 1 : std::size(logged_operations);
}

TriggerCapture::TriggerCapture(sqlite3* connection, std::shared_ptr<Recorder> recorder,
                               QueueSource queue)
    : connection_(connection), recorder_(std::move(recorder)), queue_(std::move(queue)) {}

TriggerCapture::~TriggerCapture() {
    recorder_->detach();
    if (sqlite::is_closed(connection_)) return;
    if (!sqlite::at_transaction_boundary(connection_)) return;
    if (sqlite::has_running_statements(connection_)) return;
    try {
        if (installed_) {
            sqlite::Savepoint savepoint(connection_, "remove tidemark's triggers");
            remove_triggers(own_triggers(), {});
            create_generation_view(false);
            savepoint.release();
        }
        if (registered_) Recorder::unregister_from(connection_);
        if (queue_is_registered_) remove_queue_table(connection_);
    } catch (...) {
        // What stays behind is detached and does nothing.
    }
}

void TriggerCapture::watch(const change::TableList& tables, const std::vector<Watched>& watched,
                           bool utf16) {
    utf16_ = utf16;
    const bool all_anew = schema_read_again();
    register_once(watched);
    if (tables->empty() && !installed_) return tell_recorder(tables);
    sqlite::Savepoint savepoint(connection_, installing);
    const std::map<std::string, std::string> existing = own_triggers();
    std::vector<Slot> slots;
    std::vector<Watched> missing = watched;
    std::set<std::string> kept;
    if (!all_anew) keep_slots(*tables, existing, slots, missing, kept);
    remove_triggers(existing, kept);
    for (const Watched& entry : missing) create_slot((*tables)[entry.id], entry, slots);
    if (all_anew) create_generation_view(!tables->empty());
    savepoint.release();
    slots_ = std::move(slots);
    installed_ = true;
    tell_recorder(tables);
}

bool TriggerCapture::intact() const {
    std::size_t expected = 0;
    for (const Slot& slot : slots_) expected += slot.triggers();
    return own_triggers().size() == expected;
}

TriggerCapture::NamesNow TriggerCapture::names_now() const {
    NamesNow now;
    const std::map<std::string, std::string> found = own_triggers();
    for (std::size_t number = 0; number < slots_.size(); ++number) {
        const Slot& slot = slots_[number];
        if (!slot.used) continue;
        std::size_t count = 0;
        std::optional<std::string>& name = now.names[slot.id];
        for (const std::string& trigger : trigger_names(number, slot.watch)) {
            const auto it = found.find(trigger);
            if (it == found.end()) continue;
            name = it->second;
            ++count;
        }
        // Its text may be there still, although its table has vanished in another way than by DROP.
        if (name && !is_known(trigger_names(number, slot.watch).front())) name.reset();
        now.certain = now.certain && (count == 0 || count == slot.triggers());
    }
    return now;
}

// Whether SQLite has it among those that it has parsed: only such a one could be dropped.
bool TriggerCapture::is_known(const std::string& trigger) const {
    sqlite3_stmt* drop = nullptr;
    const std::string sql = "DROP TRIGGER temp." + sqlite::quoted(trigger);
    const int rc = sqlite3_prepare_v2(connection_, sql.c_str(), -1, &drop, nullptr);
    sqlite3_finalize(drop);
    return rc == SQLITE_OK;
}

// By name, with the names of their tables.
std::map<std::string, std::string> TriggerCapture::own_triggers() const {
    std::map<std::string, std::string> triggers;
    sqlite::Statement list(connection_,
                           "SELECT name, tbl_name FROM temp.sqlite_schema"
                           " WHERE type = 'trigger' AND name GLOB '_tidemark_[0-9]*'");
    while (list.step()) triggers.emplace(list.text(0), list.text(1));
    return triggers;
}

bool TriggerCapture::schema_read_again() const {
    try {
        sqlite::Statement read(connection_, std::string("SELECT * FROM temp.") + generation_view);
        return !read.step() || read.integer(0) != 0;
    } catch (const Error&) {
        // It is not there: nothing is watched, or somebody has dropped it.
        return true;
    }
}

void TriggerCapture::register_once(const std::vector<Watched>& watched) {
    const bool records = std::any_of(watched.begin(), watched.end(), [](const Watched& entry) {
        return entry.watch != Watch::presence;
    });
    if (!queue_is_registered_) register_queue_table(connection_, queue_);
    queue_is_registered_ = true;
    if (registered_ || !records) return;
    recorder_->register_on(connection_);
    registered_ = true;
}

// A table that has not changed keeps its triggers: making one costs SQLite a walk over all of them.
void TriggerCapture::keep_slots(const std::vector<change::Table>& tables,
                                const std::map<std::string, std::string>& existing,
                                std::vector<Slot>& slots, std::vector<Watched>& missing,
                                std::set<std::string>& kept) const {
    slots = slots_;
    std::map<std::string, std::size_t> numbers;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (slots[i].used) numbers.emplace(slots[i].table.name, i);
        slots[i].used = false;
    }
    std::erase_if(missing, [&](const Watched& entry) {
        const change::Table& table = tables[entry.id];
        const auto number = numbers.find(table.name);
        if (number == numbers.end()) return false;
        Slot& slot = slots[number->second];
        if (slot.watch != entry.watch || slot.table != table) return false;
        const std::vector<std::string> names = trigger_names(number->second, slot.watch);
        const bool complete = std::all_of(
            names.begin(), names.end(), [&](const auto& name) { return existing.contains(name); });
        if (!complete) return false;
        slot.used = true;
        slot.id = entry.id;
        kept.insert(names.begin(), names.end());
        return true;
    });
}

void TriggerCapture::create_slot(const change::Table& table, const Watched& watched,
                                 std::vector<Slot>& slots) {
    auto free = std::find_if(slots.begin(), slots.end(), [](const Slot& it) { return !it.used; });
    if (free == slots.end()) free = slots.emplace(slots.end());
    const auto number = static_cast<std::size_t>(free - slots.begin());
    *free = {.used = true, .id = watched.id, .table = table, .watch = watched.watch};
    if (watched.watch == Watch::presence) {
        sqlite::execute(connection_, make_presence_trigger(table, number), installing);
        return;
    }
    const int arguments_max = sqlite3_limit(connection_, SQLITE_LIMIT_FUNCTION_ARG, -1);
    for (const change::Operation operation : logged_operations) {
        const TriggerSql sql = make_trigger(table, number, operation, arguments_max, watched.watch);
        sqlite::execute(connection_, sql.create, installing);
        replace_temp_text(connection_, "trigger", sql.name, sql.fallback);
    }
}

void TriggerCapture::tell_recorder(const change::TableList& tables) {
    std::vector<change::TableId> ids;
    for (const Slot& slot : slots_) ids.push_back(slot.id);
    recorder_->set_tables(tables, std::move(ids), utf16_);
}

void TriggerCapture::create_generation_view(bool wanted) {
    const std::string view = generation_view;
    sqlite::execute(connection_, "DROP VIEW IF EXISTS temp." + view, installing);
    if (!wanted) return;
    sqlite::execute(connection_, "CREATE TEMP VIEW " + view + " AS SELECT 0", installing);
    replace_temp_text(connection_, "view", view, "CREATE VIEW " + view + " AS SELECT 1");
}

void TriggerCapture::remove_triggers(const std::map<std::string, std::string>& existing,
                                     const std::set<std::string>& kept) {
    for (const auto& [name, table] : existing) {
        if (kept.contains(name)) continue;
        sqlite::execute(connection_, "DROP TRIGGER IF EXISTS temp." + sqlite::quoted(name),
                        installing);
    }
    if (own_triggers().size() != kept.size()) remove_orphans(kept);
}

// Triggers whose tables have vanished without DROP (sqlite3_backup into the RAM database, writes into
// sqlite_schema): SQLite does not know them any more, and would again if a table of that name came.
void TriggerCapture::remove_orphans(const std::set<std::string>& kept) {
    const sqlite::Switched defensive(connection_, SQLITE_DBCONFIG_DEFENSIVE, false);
    const sqlite::Switched writable(connection_, SQLITE_DBCONFIG_WRITABLE_SCHEMA, true);
    for (const auto& [name, table] : own_triggers()) {
        if (kept.contains(name)) continue;
        sqlite::execute(connection_,
                        "DELETE FROM temp.sqlite_schema WHERE type = 'trigger' AND name = " +
                            sqlite::literal(name),
                        installing);
    }
}

}  // namespace tidemark::capture

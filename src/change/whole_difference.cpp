#include "change/whole_difference.hpp"

#include "change/described_table.hpp"
#include "change/effects_builder.hpp"
#include "change/table_sql.hpp"
#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"
#include "sqlite/names.hpp"
#include "sqlite/statement.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace tidemark::change {
namespace {

constexpr const char* comparing = "compare the disk database with the copy of the RAM database";

using Objects = std::vector<SchemaObject>;

SchemaObject* find(Objects& objects, const SchemaObject& wanted) {
    for (SchemaObject& object : objects) {
        if (object.type == wanted.type && object.name == wanted.name) return &object;
    }
    return nullptr;
}

/// One side of the comparison.
class Side {
public:
    explicit Side(sqlite3* connection)
        : connection_(connection),
          utf16_(sqlite::query_text(connection, "PRAGMA main.encoding") != "UTF-8") {}

    [[nodiscard]] sqlite3* connection() const noexcept { return connection_; }
    [[nodiscard]] sqlite::Statement select(const std::string& sql) const {
        return {connection_, sql};
    }
    void read(const sqlite::Statement& row, std::vector<Value>& image) const {
        image.resize(static_cast<std::size_t>(row.column_count()));
        for (std::size_t i = 0; i < image.size(); ++i) {
            image[i] = read_value(row.value(static_cast<int>(i)), utf16_);
        }
    }
    [[nodiscard]] Header header() const {
        return {.user_version = static_cast<std::int32_t>(
                    sqlite::query_integer(connection_, "PRAGMA main.user_version")),
                .application_id = static_cast<std::int32_t>(
                    sqlite::query_integer(connection_, "PRAGMA main.application_id"))};
    }

private:
    sqlite3* connection_;
    bool utf16_;
};

/// Finds the row of the same key in another database.
class Lookup {
public:
    Lookup(const Side& side, const Table& table)
        : side_(side),
          table_(table),
          select_(side.select(select_images(table) + where_key(table, 1))) {}

    /// Whether it is there; then `found` is its image, valid until the next call.
    bool find(const std::vector<Value>& image, std::vector<Value>& found) {
        select_.reset();
        int parameter = 1;
        for (const std::size_t place : table_.key_places()) {
            sqlite::check(side_.connection(), bind_value(select_.get(), parameter++, image[place]),
                          comparing);
        }
        if (!select_.step()) return false;
        side_.read(select_, found);
        return true;
    }

private:
    const Side& side_;
    const Table& table_;
    sqlite::Statement select_;
};

bool same(const std::vector<Value>& left, const std::vector<Value>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), identical);
}

class Comparison {
public:
    Comparison(sqlite3* before, sqlite3* after) : before_(before), after_(after) {}

    Effects make() {
        compare_schemas();
        for (const SchemaObject& object : old_objects_) {
            if (is_gone(object)) add_all(before_, object.name, EffectTable::Side::before);
        }
        for (const SchemaObject& object : new_objects_) {
            if (object.type != "table" || !object.origin) continue;
            if (auto table = find_for_effects(after_.connection(), object.name)) {
                compare_rows(*std::move(table));
            }
        }
        for (const SchemaObject& object : new_objects_) {
            if (is_gone(object)) add_all(after_, object.name, EffectTable::Side::after);
        }
        Effects& effects = builder_.effects();
        effects.header_before = before_.header();
        effects.header_after = after_.header();
        if (schema_differs_) {
            effects.schema =
                SchemaEffect{.before = std::move(old_objects_), .after = std::move(new_objects_)};
        }
        return builder_.take();
    }

private:
    [[nodiscard]] static bool is_gone(const SchemaObject& object) {
        return object.type == "table" && object.has_content && !object.origin;
    }

    void compare_schemas() {
        old_objects_ = read_schema_objects(before_.connection());
        new_objects_ = read_schema_objects(after_.connection());
        schema_differs_ = old_objects_ != new_objects_;
        sqlite::NameSet same_tables;
        for (SchemaObject& object : new_objects_) {
            if (object.type == "table" && pair_up(object)) same_tables.insert(object.name);
        }
        for (SchemaObject& object : new_objects_) {
            if (object.type == "index" && same_tables.contains(object.table)) pair_up(object);
        }
    }

    bool pair_up(SchemaObject& object) {
        if (!object.has_content) return false;
        SchemaObject* const old = find(old_objects_, object);
        if (old == nullptr || old->sql != object.sql || old->table != object.table) return false;
        old->origin = object.name;
        object.origin = object.name;
        return true;
    }

    void add_all(const Side& side, const std::string& name, EffectTable::Side where) {
        std::optional<EffectTable> table = find_for_effects(side.connection(), name);
        if (!table) return;
        table->side = where;
        sqlite::Statement rows = side.select(select_images(table->table));
        const TableId id = builder_.add(*std::move(table));
        std::vector<Value> image;
        while (rows.step()) {
            side.read(rows, image);
            add(id, image, where == EffectTable::Side::after);
        }
    }

    void add(TableId id, const std::vector<Value>& image, bool is_insert) {
        if (is_insert) {
            builder_.insert(id, image);
        } else {
            builder_.remove(id, image);
        }
    }

    void compare_rows(EffectTable table) {
        const TableId id = builder_.add(std::move(table));
        const Table& described = builder_.table(id).table;
        if (described.identity == Identity::none) {
            compare_in_order(id);
        } else {
            remove_or_update(id, Table(described));
            insert_new(id, Table(described));
        }
    }

    // Without a way to name a row, it is all of them or none.
    void compare_in_order(TableId id) {
        const std::string select = select_images(builder_.table(id).table);
        if (have_same_rows(select)) return;
        std::vector<Value> image;
        for (const bool is_insert : {false, true}) {
            const Side& side = is_insert ? after_ : before_;
            sqlite::Statement rows = side.select(select);
            while (rows.step()) {
                side.read(rows, image);
                add(id, image, is_insert);
            }
        }
    }

    [[nodiscard]] bool have_same_rows(const std::string& select) const {
        sqlite::Statement old_rows = before_.select(select);
        sqlite::Statement new_rows = after_.select(select);
        std::vector<Value> old_image;
        std::vector<Value> new_image;
        while (true) {
            const bool has_old = old_rows.step();
            const bool has_new = new_rows.step();
            if (has_old != has_new) return false;
            if (!has_old) return true;
            before_.read(old_rows, old_image);
            after_.read(new_rows, new_image);
            if (!same(old_image, new_image)) return false;
        }
    }

    // Rows that trade UNIQUE values among each other could not be updated one after the other.
    void remove_or_update(TableId id, const Table& table) {
        sqlite::Statement rows = before_.select(select_images(table));
        Lookup lookup(after_, table);
        std::vector<Value> old_image;
        std::vector<Value> new_image;
        while (rows.step()) {
            before_.read(rows, old_image);
            const bool stays = lookup.find(old_image, new_image);
            if (stays && same(old_image, new_image)) continue;
            if (stays && !table.displaces_others) {
                builder_.update(id, old_image, new_image);
            } else {
                builder_.remove(id, old_image);
            }
        }
    }

    void insert_new(TableId id, const Table& table) {
        sqlite::Statement rows = after_.select(select_images(table));
        Lookup lookup(before_, table);
        std::vector<Value> old_image;
        std::vector<Value> new_image;
        while (rows.step()) {
            after_.read(rows, new_image);
            const bool was_there = lookup.find(new_image, old_image);
            const bool is_updated = was_there && !table.displaces_others;
            if (is_updated || (was_there && same(old_image, new_image))) continue;
            builder_.insert(id, new_image);
        }
    }

    Side before_;
    Side after_;
    Objects old_objects_;
    Objects new_objects_;
    bool schema_differs_ = false;
    EffectsBuilder builder_;
};

}  // namespace

Effects whole_difference(sqlite3* before, sqlite3* after) {
    return Comparison(before, after).make();
}

}  // namespace tidemark::change

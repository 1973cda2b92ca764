#include "change/changeset_maker.hpp"

#include "change/utf.hpp"
#include "sqlite/error.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::change {
namespace {

constexpr const char* making = "make a changeset";

void append_big_endian(std::string& out, std::uint64_t bits) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
}

// As SQLite writes them: seven bits a byte, most significant first.
void append_varint(std::string& out, std::size_t number) {
    std::string bytes(1, static_cast<char>(number & 0x7fU));
    while ((number >>= 7U) != 0) bytes += static_cast<char>((number & 0x7fU) | 0x80U);
    out.append(bytes.rbegin(), bytes.rend());
}

void append_bytes(std::string& out, char type, std::string_view bytes) {
    out += type;
    append_varint(out, bytes.size());
    out += bytes;
}

/// The format is described in sqlite3session.c. False for text that UTF-8 cannot express.
bool append_value(std::string& out, const Value& value) {
    switch (value.storage_class) {
        case StorageClass::null:
            out += static_cast<char>(SQLITE_NULL);
            return true;
        case StorageClass::integer:
            out += static_cast<char>(SQLITE_INTEGER);
            append_big_endian(out, static_cast<std::uint64_t>(value.integer));
            return true;
        case StorageClass::real:
            out += static_cast<char>(SQLITE_FLOAT);
            append_big_endian(out, std::bit_cast<std::uint64_t>(value.real));
            return true;
        case StorageClass::text:
            append_bytes(out, SQLITE_TEXT, value.bytes);
            return true;
        case StorageClass::text_utf16: {
            std::string utf8;
            const bool can_be_said = append_utf16_as_utf8(utf8, value.bytes);
            append_bytes(out, SQLITE_TEXT, utf8);
            return can_be_said;
        }
        case StorageClass::blob:
            append_bytes(out, SQLITE_BLOB, value.bytes);
            return true;
    }
    return false;
}

constexpr char undefined = 0;

struct FreeGroup {
    void operator()(sqlite3_changegroup* group) const noexcept { sqlite3changegroup_delete(group); }
};

struct FreeMemory {
    void operator()(void* memory) const noexcept { sqlite3_free(memory); }
};

class Maker {
public:
    explicit Maker(const Effects& effects) : effects_(effects) {}

    Changeset make() {
        if (effects_.schema) result_.left_out.emplace_back("the changes of the schema");
        for (TableId id = 0; id < effects_.tables.size(); ++id) {
            if (is_carried(effects_.tables[id])) append_table(id);
        }
        if (!raw_.empty()) merge();
        return std::move(result_);
    }

private:
    bool is_carried(const EffectTable& table) {
        const std::string& name = table.table.name;
        const bool is_sqlites = name.starts_with("sqlite_");
        if (!table.primary_key.empty() && !is_sqlites && table.side != EffectTable::Side::before) {
            return true;
        }
        const char* const why = is_sqlites                  ? "is SQLite's own"
                                : table.primary_key.empty() ? "has no PRIMARY KEY"
                                                            : "was dropped or altered";
        result_.left_out.push_back("table '" + name + "': it " + why);
        return false;
    }

    void append_table(TableId id) {
        const EffectTable& table = effects_.tables[id];
        key_.assign(table.table.columns.size(), false);
        for (const std::size_t column : table.primary_key) key_[column] = true;
        std::string changes;
        LogReader reader(effects_.log, table_list(effects_.tables));
        for (Record record; reader.next(record);) {
            if (record.table == id) append_change(changes, record, table.table);
        }
        if (changes.empty()) return;
        raw_ += 'T';
        append_varint(raw_, key_.size());
        // The place in the key, from 1.
        for (std::size_t i = 0; i < key_.size(); ++i) {
            const auto place = std::find(table.primary_key.begin(), table.primary_key.end(), i);
            raw_ += place == table.primary_key.end()
                        ? '\0'
                        : static_cast<char>(place - table.primary_key.begin() + 1);
        }
        raw_ += table.table.name;
        raw_ += '\0';
        raw_ += changes;
    }

    using Image = std::span<const Value>;

    void append_change(std::string& out, const Record& record, const Table& table) {
        const std::size_t count = table.columns.size();
        const Image from =
            record.old_values.empty() ? Image() : Image(record.old_values).last(count);
        const Image to = record.new_values.empty() ? Image() : Image(record.new_values).last(count);
        std::string change;
        bool is_complete = true;
        const bool moves = !from.empty() && !to.empty() && !has_same_key(from, to);
        if (moves || to.empty()) is_complete = append_row(change, SQLITE_DELETE, from);
        if (moves || from.empty())
            is_complete = append_row(change, SQLITE_INSERT, to) && is_complete;
        if (!moves && !from.empty() && !to.empty()) is_complete = append_update(change, from, to);
        if (is_complete) {
            out += change;
            return;
        }
        const std::string what =
            "table '" + table.name + "': rows with NULL in the key, or text that is no UTF-8";
        if (said_.insert(what).second) result_.left_out.push_back(what);
    }

    [[nodiscard]] bool has_same_key(Image from, Image to) const {
        for (std::size_t i = 0; i < key_.size(); ++i) {
            if (key_[i] && !identical(from[i], to[i])) return false;
        }
        return true;
    }

    bool append_row(std::string& out, int operation, Image row) const {
        out += static_cast<char>(operation);
        out += '\0';
        bool is_complete = true;
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (key_[i] && row[i].storage_class == StorageClass::null) is_complete = false;
            is_complete = append_value(out, row[i]) && is_complete;
        }
        return is_complete;
    }

    bool append_update(std::string& out, Image from, Image to) const {
        out += static_cast<char>(SQLITE_UPDATE);
        out += '\0';
        bool is_complete = true;
        bool has_changed = false;
        for (std::size_t i = 0; i < from.size(); ++i) {
            if (key_[i] && from[i].storage_class == StorageClass::null) is_complete = false;
            const bool differs = !identical(from[i], to[i]);
            has_changed = has_changed || differs;
            if (key_[i] || differs) {
                is_complete = append_value(out, from[i]) && is_complete;
            } else {
                out += undefined;
            }
        }
        for (std::size_t i = 0; i < to.size(); ++i) {
            if (identical(from[i], to[i])) {
                out += undefined;
            } else {
                is_complete = append_value(out, to[i]) && is_complete;
            }
        }
        // Only the rowid may have changed, of which a changeset does not know.
        if (!has_changed) out.clear();
        return is_complete;
    }

    // One change per row, as everybody expects it who reads a changeset.
    void merge() {
        if (raw_.size() > std::numeric_limits<int>::max()) check(SQLITE_TOOBIG);
        sqlite3_changegroup* made = nullptr;
        check(sqlite3changegroup_new(&made));
        const std::unique_ptr<sqlite3_changegroup, FreeGroup> group(made);
        check(sqlite3changegroup_add(group.get(), static_cast<int>(raw_.size()), raw_.data()));
        int size_bytes = 0;
        void* data = nullptr;
        check(sqlite3changegroup_output(group.get(), &size_bytes, &data));
        const std::unique_ptr<void, FreeMemory> owner(data);
        result_.bytes.assign(static_cast<const char*>(data), static_cast<std::size_t>(size_bytes));
    }

    static void check(int rc) {
        if (rc != SQLITE_OK) throw sqlite::make_error(nullptr, rc, making);
    }

    const Effects& effects_;
    Changeset result_;
    std::string raw_;
    std::vector<bool> key_;
    std::set<std::string> said_;
};

}  // namespace

Changeset make_changeset(const Effects& effects) { return Maker(effects).make(); }

}  // namespace tidemark::change

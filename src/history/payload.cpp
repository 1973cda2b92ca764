#include "history/payload.hpp"

#include "change/byte_cursor.hpp"

#include <tidemark/error.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

namespace tidemark::history {
namespace {

constexpr std::uint8_t payload_version = 1;
// Reals and UTF-16 text stand as they do in memory.
constexpr std::uint8_t byte_order = std::endian::native == std::endian::little ? 'l' : 'b';

constexpr std::uint64_t flag_foreign_writes = 1;
constexpr std::uint64_t flag_schema = 2;

constexpr std::uint64_t flag_sql = 1;
constexpr std::uint64_t flag_origin = 2;
constexpr std::uint64_t flag_content = 4;

class Writer {
public:
    void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) byte(static_cast<std::uint8_t>(value | 0x80U));
        byte(static_cast<std::uint8_t>(value));
    }
    void number(std::int32_t value) { number(std::uint64_t{static_cast<std::uint32_t>(value)}); }
    void text(std::string_view value) {
        number(value.size());
        bytes_ += value;
    }
    void texts(const std::vector<std::string>& values) {
        number(values.size());
        for (const std::string& value : values) text(value);
    }
    void numbers(const std::vector<std::size_t>& values) {
        number(values.size());
        for (const std::size_t value : values) number(std::uint64_t{value});
    }
    [[nodiscard]] std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

void write(Writer& out, const std::vector<change::SchemaObject>& objects) {
    out.number(objects.size());
    for (const change::SchemaObject& object : objects) {
        out.text(object.type);
        out.text(object.name);
        out.text(object.table);
        out.number((object.sql ? flag_sql : 0) | (object.origin ? flag_origin : 0) |
                   (object.has_content ? flag_content : 0));
        if (object.sql) out.text(*object.sql);
        if (object.origin) out.text(*object.origin);
    }
}

void write(Writer& out, const change::EffectTable& table) {
    out.text(table.table.name);
    out.text(table.name_before);
    out.byte(static_cast<std::uint8_t>(table.side));
    out.byte(static_cast<std::uint8_t>(table.table.identity));
    out.text(table.table.rowid_name);
    out.byte(table.table.displaces_others ? 1 : 0);
    out.texts(table.table.columns);
    out.numbers(table.table.key_columns);
    out.texts(table.table.key_collations);
    out.numbers(table.primary_key);
    out.number(table.inserts);
    out.number(table.updates);
    out.number(table.deletes);
}

class Reader {
public:
    explicit Reader(std::string_view payload) : payload_(payload) {
        const auto* const begin = reinterpret_cast<const std::uint8_t*>(payload.data());
        cursor_.go_to(begin, begin + payload.size());
    }

    [[nodiscard]] std::uint8_t byte() { return cursor_.read_byte(); }
    [[nodiscard]] std::uint8_t byte_up_to(std::uint8_t max) {
        const std::uint8_t value = byte();
        if (value > max) cursor_.throw_damaged();
        return value;
    }
    [[nodiscard]] std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            value |= std::uint64_t{next & 0x7fU} << shift;
            if (next < 0x80) return value;
        }
        cursor_.throw_damaged();
    }
    [[nodiscard]] std::int32_t small_number() {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(number()));
    }
    /// Of things of which each takes a byte or more.
    [[nodiscard]] std::uint64_t count() {
        const std::uint64_t value = number();
        if (value > rest().size()) cursor_.throw_damaged();
        return value;
    }
    [[nodiscard]] std::string text() { return std::string(cursor_.read_bytes(number())); }
    [[nodiscard]] std::vector<std::string> texts() {
        std::vector<std::string> values(count());
        for (std::string& value : values) value = text();
        return values;
    }
    [[nodiscard]] std::vector<std::size_t> numbers_below(std::size_t limit) {
        std::vector<std::size_t> values(count());
        for (std::size_t& value : values) {
            value = number();
            if (value >= limit) cursor_.throw_damaged();
        }
        return values;
    }
    [[nodiscard]] std::string_view rest() const {
        return {reinterpret_cast<const char*>(cursor_.position()),
                static_cast<std::size_t>(cursor_.end() - cursor_.position())};
    }
    void require(bool truth) const {
        if (!truth) cursor_.throw_damaged();
    }

private:
    std::string_view payload_;
    change::ByteCursor cursor_{"read a batch of the history"};
};

std::vector<change::SchemaObject> read_objects(Reader& in) {
    std::vector<change::SchemaObject> objects(in.count());
    for (change::SchemaObject& object : objects) {
        object.type = in.text();
        object.name = in.text();
        object.table = in.text();
        const std::uint64_t flags = in.number();
        if ((flags & flag_sql) != 0) object.sql = in.text();
        if ((flags & flag_origin) != 0) object.origin = in.text();
        object.has_content = (flags & flag_content) != 0;
    }
    return objects;
}

// It stands without quotes in SQL.
bool is_rowid_name(const std::string& name) {
    return name == "rowid" || name == "_rowid_" || name == "oid";
}

bool has_fitting_key(const change::Table& table) {
    const std::size_t keys = table.key_columns.size();
    switch (table.identity) {
        case change::Identity::rowid:
            return keys == 0 && is_rowid_name(table.rowid_name);
        case change::Identity::integer_key:
            return keys == 1;
        case change::Identity::primary_key:
            return keys > 0 && table.key_collations.size() == keys;
        case change::Identity::none:
            return keys == 0;
    }
    return false;
}

change::EffectTable read_table(Reader& in) {
    change::EffectTable table;
    table.table.name = in.text();
    table.name_before = in.text();
    table.side = static_cast<change::EffectTable::Side>(in.byte_up_to(2));
    table.table.identity = static_cast<change::Identity>(in.byte_up_to(3));
    table.table.rowid_name = in.text();
    table.table.displaces_others = in.byte_up_to(1) != 0;
    table.table.columns = in.texts();
    table.table.key_columns = in.numbers_below(table.table.columns.size());
    table.table.key_collations = in.texts();
    table.primary_key = in.numbers_below(table.table.columns.size());
    table.inserts = in.number();
    table.updates = in.number();
    table.deletes = in.number();
    in.require(has_fitting_key(table.table));
    return table;
}

struct Counts {
    std::uint64_t inserts = 0;
    std::uint64_t updates = 0;
    std::uint64_t deletes = 0;
};

void read_records(Reader& in, change::Effects& effects) {
    const std::string_view bytes = in.rest();
    auto chunk = std::make_shared<change::ChangeLog::Chunk>();
    chunk->data.reset(new std::uint8_t[bytes.size()]);
    if (!bytes.empty()) std::memcpy(chunk->data.get(), bytes.data(), bytes.size());
    chunk->allocated = chunk->capacity = chunk->size = bytes.size();
    std::vector<Counts> counts(effects.tables.size());
    change::LogReader reader({std::move(chunk)}, table_list(effects.tables));
    for (change::Record record; reader.next(record);) {
        in.require(record.operation <= change::Operation::remove);
        Counts& count = counts[record.table];
        if (record.operation == change::Operation::insert) ++count.inserts;
        if (record.operation == change::Operation::update) ++count.updates;
        if (record.operation == change::Operation::remove) ++count.deletes;
        effects.log.append_copy(record.operation, reader.bytes());
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const change::EffectTable& table = effects.tables[i];
        in.require(table.inserts == counts[i].inserts && table.updates == counts[i].updates &&
                   table.deletes == counts[i].deletes);
    }
}

Error other_format(std::uint8_t version) {
    return Error({.operation = "read a batch of the history",
                  .reason = "its payload has format " + std::to_string(version) +
                            ", this tidemark knows " + std::to_string(payload_version),
                  .advice = "use the tidemark that has written it, or a newer one"});
}

Error other_byte_order() {
    return Error({.operation = "read a batch of the history",
                  .reason = "it was written by a machine with another byte order",
                  .advice = "read it on such a machine"});
}

}  // namespace

std::uint64_t Payload::size_bytes() const noexcept {
    std::uint64_t size = head.size();
    for (const std::string_view part : records) size += part.size();
    return size;
}

Payload encode(const change::Effects& effects) {
    Writer out;
    out.byte(payload_version);
    out.byte(byte_order);
    out.number((effects.after_foreign_writes ? flag_foreign_writes : 0) |
               (effects.schema ? flag_schema : 0));
    out.number(effects.header_before.user_version);
    out.number(effects.header_before.application_id);
    out.number(effects.header_after.user_version);
    out.number(effects.header_after.application_id);
    if (effects.schema) {
        write(out, effects.schema->before);
        write(out, effects.schema->after);
    }
    out.number(effects.tables.size());
    for (const change::EffectTable& table : effects.tables) write(out, table);
    Payload payload{.head = out.take(), .records = {}};
    for (const auto& chunk : effects.log.chunks()) {
        payload.records.emplace_back(reinterpret_cast<const char*>(chunk->data.get()), chunk->size);
    }
    return payload;
}

change::Effects decode(std::string_view payload) {
    Reader in(payload);
    const std::uint8_t version = in.byte();
    if (version != payload_version) throw other_format(version);
    if (in.byte() != byte_order) throw other_byte_order();
    change::Effects effects;
    const std::uint64_t flags = in.number();
    effects.after_foreign_writes = (flags & flag_foreign_writes) != 0;
    effects.header_before.user_version = in.small_number();
    effects.header_before.application_id = in.small_number();
    effects.header_after.user_version = in.small_number();
    effects.header_after.application_id = in.small_number();
    if ((flags & flag_schema) != 0) {
        std::vector<change::SchemaObject> before = read_objects(in);
        effects.schema =
            change::SchemaEffect{.before = std::move(before), .after = read_objects(in)};
    }
    const std::uint64_t table_count = in.count();
    for (std::uint64_t i = 0; i < table_count; ++i) effects.tables.push_back(read_table(in));
    read_records(in, effects);
    return effects;
}

}  // namespace tidemark::history

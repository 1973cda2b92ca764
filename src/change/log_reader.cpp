#include "change/change_log.hpp"
#include "change/log_format.hpp"

#include <cstring>
#include <utility>

namespace tidemark::change {
namespace {

Value read_integer(const std::uint8_t* bytes, std::size_t size) noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < size; ++i) bits |= std::uint64_t{bytes[i]} << (8 * i);
    // Spread the sign over the bytes that were left out.
    const auto unused = static_cast<unsigned>(64 - 8 * size);
    Value value;
    value.storage_class = StorageClass::integer;
    value.integer = static_cast<std::int64_t>(bits << unused) >> unused;
    return value;
}

Value of_bytes(StorageClass storage_class, std::string_view bytes) noexcept {
    Value value;
    value.storage_class = storage_class;
    value.bytes = bytes;
    return value;
}

}  // namespace

LogReader::LogReader(const ChangeLog& log, TableList tables)
    : LogReader(log.chunks(), std::move(tables)) {}

LogReader::LogReader(const std::vector<std::shared_ptr<ChangeLog::Chunk>>& chunks, TableList tables)
    : chunks_(chunks), tables_(std::move(tables)) {
    sizes_.reserve(chunks_.size());
    for (const auto& chunk : chunks_) sizes_.push_back(chunk->size);
}

std::size_t LogReader::first_key_place(TableId id) {
    for (std::size_t i = key_places_.size(); i < tables_->size(); ++i) {
        const std::vector<std::size_t> places = (*tables_)[i].key_places();
        // Without a key: behind all values.
        key_places_.push_back(places.empty() ? (*tables_)[i].image_size() : places.front());
    }
    return key_places_[id];
}

bool LogReader::next_chunk() noexcept {
    if (chunk_ == chunks_.size()) return false;
    const std::uint8_t* const begin = chunks_[chunk_]->data.get();
    cursor_.go_to(begin, begin + sizes_[chunk_]);
    ++chunk_;
    return true;
}

bool LogReader::go_to_next() noexcept {
    cursor_ = next_;
    while (cursor_.at_end()) {
        if (!next_chunk()) return false;
    }
    place_ = {.bytes = cursor_.position(), .chunk = static_cast<std::uint32_t>(chunk_ - 1)};
    return true;
}

bool LogReader::next(Record& record) {
    if (!go_to_next()) return false;
    read_record(record);
    next_ = cursor_;
    return true;
}

bool LogReader::next(RecordOutline& outline) {
    if (!go_to_next()) return false;
    read_outline(outline);
    next_ = cursor_;
    return true;
}

void LogReader::read(Place place, Record& record) {
    place_ = place;
    cursor_.go_to(place.bytes, chunks_[place.chunk]->data.get() + sizes_[place.chunk]);
    read_record(record);
}

// How many values an image has; nothing for a record that is not about a table.
template <typename Header>
std::size_t LogReader::read_header(Header& record) {
    const std::uint64_t header = read_varint();
    record.operation = static_cast<Operation>(header & ((1U << operation_bits) - 1));
    record.table = static_cast<TableId>(header >> operation_bits);
    if (record.operation == Operation::commit || record.operation == Operation::gap) return 0;
    if (record.table >= tables_->size()) cursor_.throw_damaged();
    return (*tables_)[record.table].image_size();
}

void LogReader::read_record(Record& record) {
    record.old_values.clear();
    record.new_values.clear();
    record.changed.clear();
    const std::size_t count = read_header(record);
    switch (record.operation) {
        case Operation::insert:
            return read_image(record.new_values, count);
        case Operation::remove:
            return read_image(record.old_values, count);
        case Operation::update:
            return read_update(record, count);
        case Operation::erase:
            return read_key(record, (*tables_)[record.table]);
        case Operation::gap:
            record.skipped_changes = read_varint();
            record.skipped_transactions = read_varint();
            return;
        case Operation::clear:
        case Operation::commit:
            return;
    }
    cursor_.throw_damaged();
}

void LogReader::read_outline(RecordOutline& outline) {
    outline.key = Value{};
    outline.changes_key = false;
    const std::size_t count = read_header(outline);
    if (outline.operation == Operation::gap) {
        read_varint();
        read_varint();
        return;
    }
    if (outline.operation == Operation::commit || outline.operation == Operation::clear) return;
    if (outline.operation > Operation::erase) cursor_.throw_damaged();
    const Table& table = (*tables_)[outline.table];
    const bool is_key = outline.operation == Operation::erase;
    const bool is_update = outline.operation == Operation::update;
    // An erase has the values of the key alone.
    const std::size_t size = is_key ? table.key_places().size() : count;
    const std::size_t key = is_key ? 0 : first_key_place(outline.table);
    for (std::size_t i = 0; i < size; ++i) {
        const bool is_there = i == key ? read_value(outline.key) : skip_value();
        if (!is_there) cursor_.throw_damaged();
        const bool is_changed = is_update && skip_value();
        if (i == key) outline.changes_key = is_changed;
    }
}

std::string_view LogReader::bytes() const noexcept {
    return {reinterpret_cast<const char*>(place_.bytes),
            static_cast<std::size_t>(cursor_.position() - place_.bytes)};
}

std::uint64_t LogReader::read_varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint8_t byte = cursor_.read_byte();
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) return value;
    }
    cursor_.throw_damaged();
}

bool LogReader::read_value(Value& value) {
    const std::uint8_t tag = cursor_.read_byte();
    if (tag >= tag_short_blob) {
        value = of_bytes(StorageClass::blob, cursor_.read_bytes(tag - tag_short_blob));
    } else if (tag >= tag_short_text) {
        value = of_bytes(StorageClass::text, cursor_.read_bytes(tag - tag_short_text));
    } else if (tag == tag_null) {
        value = Value{};
    } else if (tag < tag_real) {
        const auto size = static_cast<std::size_t>(tag - tag_integer);
        value = read_integer(reinterpret_cast<const std::uint8_t*>(cursor_.read_bytes(size).data()),
                             size);
    } else if (tag == tag_real) {
        value = Value{.storage_class = StorageClass::real};
        std::memcpy(&value.real, cursor_.read_bytes(sizeof(double)).data(), sizeof(double));
    } else if (tag == tag_text) {
        value = of_bytes(StorageClass::text, cursor_.read_bytes(read_varint()));
    } else if (tag == tag_blob) {
        value = of_bytes(StorageClass::blob, cursor_.read_bytes(read_varint()));
    } else if (tag == tag_text_utf16) {
        value = of_bytes(StorageClass::text_utf16, cursor_.read_bytes(read_varint()));
    } else if (tag == tag_same) {
        return false;
    } else {
        cursor_.throw_damaged();
    }
    return true;
}

// As read_value, of which this is the part that moves on.
bool LogReader::skip_value() {
    const std::uint8_t tag = cursor_.read_byte();
    if (tag >= tag_short_blob) {
        cursor_.read_bytes(tag - tag_short_blob);
    } else if (tag >= tag_short_text) {
        cursor_.read_bytes(tag - tag_short_text);
    } else if (tag < tag_real) {
        cursor_.read_bytes(tag - tag_integer);  // Nothing behind tag_null.
    } else if (tag == tag_real) {
        cursor_.read_bytes(sizeof(double));
    } else if (tag <= tag_text_utf16) {
        cursor_.read_bytes(read_varint());
    } else if (tag != tag_same) {
        cursor_.throw_damaged();
    }
    return tag != tag_same;
}

void LogReader::read_image(std::vector<Value>& values, std::size_t count) {
    values.resize(count);
    for (Value& value : values) {
        if (!read_value(value)) cursor_.throw_damaged();
    }
}

void LogReader::read_key(Record& record, const Table& table) {
    record.old_values.assign(table.image_size(), Value{});
    for (const std::size_t place : table.key_places()) {
        if (!read_value(record.old_values.at(place))) cursor_.throw_damaged();
    }
}

// Old and new value of each column stand side by side.
void LogReader::read_update(Record& record, std::size_t count) {
    record.old_values.resize(count);
    record.new_values.resize(count);
    record.changed.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (!read_value(record.old_values[i])) cursor_.throw_damaged();
        record.changed[i] = read_value(record.new_values[i]);
        if (!record.changed[i]) record.new_values[i] = record.old_values[i];
    }
}

}  // namespace tidemark::change

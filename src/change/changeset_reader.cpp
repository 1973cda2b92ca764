#include "change/changeset_reader.hpp"

#include <algorithm>
#include <bit>

namespace tidemark::change {
namespace {

constexpr std::uint8_t table_header = 'T';

// The types of values.
constexpr std::uint8_t type_absent = 0;
constexpr std::uint8_t type_integer = 1;
constexpr std::uint8_t type_real = 2;
constexpr std::uint8_t type_text = 3;
constexpr std::uint8_t type_blob = 4;
constexpr std::uint8_t type_null = 5;

std::uint64_t big_endian(std::string_view bytes) noexcept {
    std::uint64_t bits = 0;
    for (const char byte : bytes) bits = bits << 8 | static_cast<std::uint8_t>(byte);
    return bits;
}

}  // namespace

ChangesetReader::ChangesetReader(const sqlite::Changeset& changeset) noexcept
    : next_(static_cast<const std::uint8_t*>(changeset.data())) {
    cursor_.go_to(next_, next_ + changeset.size_bytes());
}

bool ChangesetReader::next() {
    cursor_.go_to(next_);
    while (!cursor_.at_end() && *cursor_.position() == table_header) read_header();
    next_ = cursor_.position();
    if (cursor_.at_end()) return false;
    if (headers_.empty()) cursor_.throw_damaged();
    place_ = {.bytes = cursor_.position(),
              .table = static_cast<std::uint32_t>(headers_.size() - 1)};
    read_change();
    next_ = cursor_.position();
    return true;
}

void ChangesetReader::read(Place place) {
    place_ = place;
    cursor_.go_to(place.bytes);
    read_change();
}

void ChangesetReader::read_header() {
    cursor_.read_byte();
    const std::string_view key = cursor_.read_bytes(read_varint());
    const std::uint8_t* const name = cursor_.position();
    const std::uint8_t* const name_end = std::find(name, cursor_.end(), std::uint8_t{0});
    if (name_end == cursor_.end() || key.empty()) cursor_.throw_damaged();
    cursor_.go_to(name_end + 1);
    headers_.push_back({.name = reinterpret_cast<const char*>(name),
                        .key = {reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}});
}

void ChangesetReader::read_change() {
    operation_ = cursor_.read_byte();
    cursor_.read_byte();  // Whether a trigger or a foreign key made the change.
    old_.present.assign(column_count(), false);
    new_.present.assign(column_count(), false);
    switch (operation_) {
        case SQLITE_INSERT:
            return read_row(new_, true);
        case SQLITE_DELETE:
            return read_row(old_, true);
        case SQLITE_UPDATE:
            read_row(old_, false);
            read_row(new_, false);
            for (std::size_t i = 0; i < column_count(); ++i) {
                if (key_columns()[i] != 0 && !old_.present[i]) cursor_.throw_damaged();
            }
            return;
        default:
            cursor_.throw_damaged();
    }
}

void ChangesetReader::read_row(Row& row, bool complete) {
    row.values.resize(column_count());
    for (std::size_t i = 0; i < row.values.size(); ++i) {
        const std::uint8_t type = cursor_.read_byte();
        if (type != type_absent) {
            read_value(row.values[i], type);
            row.present[i] = true;
        } else if (complete) {
            cursor_.throw_damaged();
        }
    }
}

void ChangesetReader::read_value(Value& value, std::uint8_t type) {
    value.bytes = {};
    switch (type) {
        case type_integer:
            value.storage_class = StorageClass::integer;
            value.integer = static_cast<std::int64_t>(big_endian(cursor_.read_bytes(8)));
            return;
        case type_real:
            value.storage_class = StorageClass::real;
            value.real = std::bit_cast<double>(big_endian(cursor_.read_bytes(8)));
            return;
        case type_text:
        case type_blob:
            value.storage_class = type == type_text ? StorageClass::text : StorageClass::blob;
            value.bytes = cursor_.read_bytes(read_varint());
            return;
        case type_null:
            value.storage_class = StorageClass::null;
            return;
        default:
            cursor_.throw_damaged();
    }
}

// Seven bits a byte, the highest first, while the eighth is set; a ninth byte has eight
// (https://www.sqlite.org/fileformat2.html#varint).
std::uint64_t ChangesetReader::read_varint() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) {
        const std::uint8_t byte = cursor_.read_byte();
        value = value << 7 | (byte & 0x7fU);
        if ((byte & 0x80U) == 0) return value;
    }
    return value << 8 | cursor_.read_byte();
}

std::uint64_t count_changes(const sqlite::Changeset& changeset) {
    std::uint64_t count = 0;
    for (ChangesetReader change(changeset); change.next();) ++count;
    return count;
}

}  // namespace tidemark::change

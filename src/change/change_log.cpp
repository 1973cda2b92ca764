#include "change/change_log.hpp"

#include "change/log_format.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

namespace tidemark::change {
namespace {

// The first chunk is small, so that a quiet database costs little; the later ones grow with the log,
// so that a busy one allocates seldom, and no more than a quarter of the memory is unused.
constexpr std::size_t chunk_bytes_min = 4U << 10U;
constexpr std::size_t chunk_bytes_max = 1U << 20U;

std::size_t significant_bytes(std::int64_t value) noexcept {
    // One bit more than the magnitude, for the sign.
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? ~value : value);
    return static_cast<std::size_t>(std::bit_width(magnitude)) / 8 + 1;
}

}  // namespace

const char* sql_name(Operation operation) noexcept {
    switch (operation) {
        case Operation::insert:
            return "INSERT";
        case Operation::update:
            return "UPDATE";
        case Operation::remove:
        case Operation::erase:
            return "DELETE";
        default:
            return "";
    }
}

ChangeLog::ChangeLog(ChangeLog&& other) noexcept { *this = std::move(other); }

ChangeLog& ChangeLog::operator=(ChangeLog&& other) noexcept {
    chunks_ = std::exchange(other.chunks_, {});
    end_ = std::exchange(other.end_, {});
    operation_ = other.operation_;
    record_end_ = std::exchange(other.record_end_, 0);
    memory_bytes_ = std::exchange(other.memory_bytes_, 0);
    return *this;
}

std::uint8_t* ChangeLog::room_for(std::size_t size_bytes) {
    if (chunks_.empty() || chunks_.back()->capacity - record_end_ < size_bytes) {
        move_record_to_new_chunk(size_bytes);
    }
    std::uint8_t* room = chunks_.back()->data.get() + record_end_;
    record_end_ += size_bytes;
    return room;
}

// A record never spans two chunks: what has been written of it moves along.
void ChangeLog::move_record_to_new_chunk(std::size_t size_bytes) {
    const std::size_t begin = chunks_.empty() ? 0 : end_.offset;
    const std::size_t written = record_end_ - begin;
    const std::size_t usual =
        std::clamp<std::size_t>(memory_bytes_ / 4, chunk_bytes_min, chunk_bytes_max);
    // Half as much again, so that a record of many values does not move with each of them.
    const std::size_t needed = written + size_bytes;
    auto chunk = std::make_shared<Chunk>();
    chunk->allocated = needed <= usual ? usual : needed + needed / 2;
    chunk->capacity = chunk->allocated;
    // Not value-initialised: only what is written will ever be read.
    chunk->data.reset(new std::uint8_t[chunk->capacity]);
    if (written > 0) std::memcpy(chunk->data.get(), chunks_.back()->data.get() + begin, written);
    chunks_.push_back(std::move(chunk));
    memory_bytes_ += chunks_.back()->allocated;
    end_.chunk = chunks_.size() - 1;
    end_.offset = 0;
    record_end_ = written;
}

void ChangeLog::begin_record(Operation operation, TableId table) {
    operation_ = operation;
    record_end_ = chunks_.empty() ? 0 : end_.offset;
    append_varint(std::uint64_t{table} << operation_bits | static_cast<std::uint64_t>(operation));
}

void ChangeLog::finish_record() noexcept {
    end_.bytes += record_end_ - end_.offset;
    end_.offset = record_end_;
    chunks_.back()->size = record_end_;
    if (operation_ <= Operation::remove || operation_ == Operation::erase) ++end_.changes;
}

void ChangeLog::abandon_record() noexcept { record_end_ = chunks_.empty() ? 0 : end_.offset; }

void ChangeLog::append_mark(Operation operation, TableId table) {
    begin_record(operation, table);
    finish_record();
}

void ChangeLog::append_copy(Operation operation, std::string_view record) {
    operation_ = operation;
    record_end_ = chunks_.empty() ? 0 : end_.offset;
    std::memcpy(room_for(record.size()), record.data(), record.size());
    finish_record();
}

void ChangeLog::append_gap(std::uint64_t changes, std::uint64_t transactions) {
    begin_record(Operation::gap, 0);
    append_varint(changes);
    append_varint(transactions);
    finish_record();
    end_.skipped_changes += changes;
}

void ChangeLog::append_copy(const ChangeLog& other) {
    const Position before = end_;
    try {
        for (const auto& chunk : other.chunks_) {
            if (chunk->size == 0) continue;
            record_end_ = chunks_.empty() ? 0 : end_.offset;
            std::memcpy(room_for(chunk->size), chunk->data.get(), chunk->size);
            end_.bytes += chunk->size;
            end_.offset = record_end_;
            chunks_.back()->size = record_end_;
        }
    } catch (...) {
        if (!chunks_.empty()) truncate(before);
        throw;
    }
    end_.changes += other.end_.changes;
    end_.skipped_changes += other.end_.skipped_changes;
}

void ChangeLog::join(ChangeLog&& later) {
    if (later.chunks_.empty()) return;
    const std::size_t before = chunks_.size();
    chunks_.insert(chunks_.end(), later.chunks_.begin(), later.chunks_.end());
    end_ = {.chunk = before + later.end_.chunk,
            .offset = later.end_.offset,
            .changes = end_.changes + later.end_.changes,
            .skipped_changes = end_.skipped_changes + later.end_.skipped_changes,
            .bytes = end_.bytes + later.end_.bytes};
    record_end_ = later.record_end_;
    memory_bytes_ += later.memory_bytes_;
    later = ChangeLog();
}

void ChangeLog::replace_front(const Position& end, ChangeLog& front) {
    const auto border = chunks_.begin() + static_cast<std::ptrdiff_t>(end.chunk) + 1;
    ChangeLog rest;
    rest.chunks_.assign(border, chunks_.end());
    rest.record_end_ = record_end_;
    for (const auto& chunk : rest.chunks_) rest.memory_bytes_ += chunk->allocated;
    rest.end_ = {.chunk = end_.chunk - end.chunk - 1,
                 .offset = end_.offset,
                 .changes = end_.changes - end.changes,
                 .skipped_changes = end_.skipped_changes - end.skipped_changes,
                 .bytes = end_.bytes - end.bytes};
    front.join(std::move(rest));
    std::swap(*this, front);
}

void ChangeLog::append_varint(std::uint64_t value) {
    std::uint8_t encoded[10];
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7U) {
        encoded[size++] = static_cast<std::uint8_t>(value | 0x80U);
    }
    encoded[size++] = static_cast<std::uint8_t>(value);
    std::memcpy(room_for(size), encoded, size);
}

void ChangeLog::append_bytes(std::uint8_t short_tag, std::uint8_t long_tag, std::size_t short_max,
                             std::string_view bytes) {
    if (bytes.size() <= short_max) {
        *room_for(1) = static_cast<std::uint8_t>(short_tag + bytes.size());
    } else {
        *room_for(1) = long_tag;
        append_varint(bytes.size());
    }
    if (!bytes.empty()) std::memcpy(room_for(bytes.size()), bytes.data(), bytes.size());
}

void ChangeLog::append(const Value& value) {
    switch (value.storage_class) {
        case StorageClass::null:
            *room_for(1) = tag_null;
            return;
        case StorageClass::integer: {
            const std::size_t size = significant_bytes(value.integer);
            std::uint8_t* room = room_for(1 + size);
            room[0] = static_cast<std::uint8_t>(tag_integer + size);
            const auto bits = static_cast<std::uint64_t>(value.integer);
            for (std::size_t i = 0; i < size; ++i) {
                room[1 + i] = static_cast<std::uint8_t>(bits >> (8 * i));
            }
            return;
        }
        case StorageClass::real: {
            std::uint8_t* room = room_for(1 + sizeof(double));
            room[0] = tag_real;
            std::memcpy(room + 1, &value.real, sizeof(double));
            return;
        }
        case StorageClass::text:
            return append_bytes(tag_short_text, tag_text, short_text_max, value.bytes);
        case StorageClass::blob:
            return append_bytes(tag_short_blob, tag_blob, short_blob_max, value.bytes);
        case StorageClass::text_utf16:
            *room_for(1) = tag_text_utf16;
            append_varint(value.bytes.size());
            if (!value.bytes.empty()) {
                std::memcpy(room_for(value.bytes.size()), value.bytes.data(), value.bytes.size());
            }
            return;
    }
}

void ChangeLog::append_same() { *room_for(1) = tag_same; }

void ChangeLog::truncate(const Position& position) noexcept {
    if (position.bytes == end_.bytes) return;
    while (chunks_.size() > position.chunk + 1) {
        memory_bytes_ -= chunks_.back()->allocated;
        chunks_.pop_back();
    }
    Chunk& last = *chunks_.back();
    // A reader holds this chunk and may stand behind `position`: nothing is written there any
    // more, the log goes on in the next chunk.
    if (chunks_.back().use_count() > 1) last.capacity = position.offset;
    last.size = position.offset;
    end_ = position;
    record_end_ = position.offset;
}

}  // namespace tidemark::change

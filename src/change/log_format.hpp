#pragma once

#include <cstddef>
#include <cstdint>

// The tags of the change log's record format; docs/change-log.md describes it.
namespace tidemark::change {

constexpr unsigned operation_bits = 3;

constexpr std::uint8_t tag_null = 0x00;
// 0x01 … 0x08: an integer of so many bytes, little-endian, two's complement.
constexpr std::uint8_t tag_integer = 0x00;
constexpr std::uint8_t tag_real = 0x09;
constexpr std::uint8_t tag_text = 0x0a;
constexpr std::uint8_t tag_blob = 0x0b;
constexpr std::uint8_t tag_text_utf16 = 0x0c;
constexpr std::uint8_t tag_same = 0x0d;
// 0x10 … 0x8f: text of 0 … 127 bytes. 0x90 … 0xff: a blob of 0 … 111 bytes.
constexpr std::uint8_t tag_short_text = 0x10;
constexpr std::size_t short_text_max = 127;
constexpr std::uint8_t tag_short_blob = 0x90;
constexpr std::size_t short_blob_max = 111;

}  // namespace tidemark::change

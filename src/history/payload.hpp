#pragma once

#include "change/effects.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The effects of a batch as bytes; docs/history.md has the format. Number and time of the batch are
/// not in it.
namespace tidemark::history {

/// The beginning, and behind it the records of the log as they stand in memory.
struct Payload {
    std::string head;
    std::vector<std::string_view> records;

    [[nodiscard]] std::uint64_t size_bytes() const noexcept;
};

/// Points into the log of `effects`.
[[nodiscard]] Payload encode(const change::Effects& effects);

/// Reads all of it once, so that what is returned can be relied on: every record belongs to a table
/// and is as long as that says. Throws Error that says what is wrong with the bytes.
[[nodiscard]] change::Effects decode(std::string_view payload);

}  // namespace tidemark::history

#pragma once

#include <tidemark/error.hpp>

#include <cstdint>
#include <string_view>

namespace tidemark::change {

/// Goes through bytes that stay where they are, and never behind their end.
class ByteCursor {
public:
    /// `operation` is what is being done, as an Error says it: a literal.
    explicit ByteCursor(const char* operation) noexcept : operation_(operation) {}

    void go_to(const std::uint8_t* begin, const std::uint8_t* end) noexcept {
        position_ = begin;
        end_ = end;
    }
    void go_to(const std::uint8_t* position) noexcept { position_ = position; }

    [[nodiscard]] const std::uint8_t* position() const noexcept { return position_; }
    [[nodiscard]] const std::uint8_t* end() const noexcept { return end_; }
    [[nodiscard]] bool at_end() const noexcept { return position_ == end_; }

    std::uint8_t read_byte() {
        if (at_end()) throw_damaged();
        return *position_++;
    }

    std::string_view read_bytes(std::uint64_t size_bytes) {
        if (static_cast<std::uint64_t>(end_ - position_) < size_bytes) throw_damaged();
        const auto* begin = reinterpret_cast<const char*>(position_);
        position_ += size_bytes;
        return {begin, static_cast<std::size_t>(size_bytes)};
    }

    [[noreturn]] void throw_damaged() const {
        throw Error({.operation = operation_,
                     .reason = "its bytes are damaged",
                     .advice = "this is a defect of tidemark or of the memory; please report it"});
    }

private:
    const char* operation_;
    const std::uint8_t* position_ = nullptr;
    const std::uint8_t* end_ = nullptr;
};

}  // namespace tidemark::change

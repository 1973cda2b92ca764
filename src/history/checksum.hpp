#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace tidemark::history {

/// XXH3-64 of the stored parts of a batch, seeded with its number: a payload that stands under another
/// number is as damaged as one with other bytes.
class Checksum {
public:
    explicit Checksum(std::uint64_t batch);
    Checksum(const Checksum&) = delete;
    Checksum& operator=(const Checksum&) = delete;
    ~Checksum();
    void add(std::string_view bytes);
    [[nodiscard]] std::uint64_t value() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tidemark::history

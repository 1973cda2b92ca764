#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::history {

/// One zstd frame of all pieces, cut into parts of at most `part_bytes_max`. Throws Error.
[[nodiscard]] std::vector<std::string> compress(std::span<const std::string_view> pieces,
                                                std::size_t part_bytes_max);

/// Takes the parts of a frame one after the other, and never makes more of them than was said.
class Decompressor {
public:
    /// `size_bytes` is what the whole must have. Throws Error, as all of this.
    explicit Decompressor(std::uint64_t size_bytes);
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;
    ~Decompressor();

    void add(std::string_view part);
    /// After the last part.
    [[nodiscard]] std::string finish();

private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
    std::uint64_t size_bytes_;
    bool is_complete_ = false;
    std::string result_;
};

}  // namespace tidemark::history

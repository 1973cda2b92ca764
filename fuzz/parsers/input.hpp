#pragma once

/// What the libFuzzer targets share. Each defines LLVMFuzzerTestOneInput, and asserts with `require`
/// what must be true of every input, besides that no sanitizer has anything to say.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace tidemark::fuzz {

using Input = FuzzedDataProvider;

inline void require(bool truth, const char* what) {
    if (truth) return;
    std::fprintf(stderr, "not true: %s\n", what);
    std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

}  // namespace tidemark::fuzz

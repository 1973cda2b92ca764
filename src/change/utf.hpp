#pragma once

#include <string>
#include <string_view>

namespace tidemark::change {

/// Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7): no surrogates, nothing
/// overlong, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// Appends UTF-16 (bytes in the machine's order) as UTF-8. False when it holds an unpaired
/// surrogate or half a code unit; `out` is then as it was.
[[nodiscard]] bool append_utf16_as_utf8(std::string& out, std::string_view utf16);

}  // namespace tidemark::change

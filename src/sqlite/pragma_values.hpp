#pragma once

#include <tidemark/options.hpp>

namespace tidemark::sqlite {

/// As `PRAGMA synchronous` takes it.
[[nodiscard]] constexpr const char* name_of(Synchronous synchronous) noexcept {
    switch (synchronous) {
        case Synchronous::off:
            return "OFF";
        case Synchronous::normal:
            return "NORMAL";
        case Synchronous::full:
            return "FULL";
        case Synchronous::extra:
            return "EXTRA";
    }
    return "FULL";
}

}  // namespace tidemark::sqlite

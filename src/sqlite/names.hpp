#pragma once

#include "sqlite/api.hpp"

#include <map>
#include <set>
#include <string>

namespace tidemark::sqlite {

/// Compares names as SQLite does: without regard to the case of ASCII letters.
struct NameLess {
    using is_transparent = void;

    template <typename Left, typename Right>
    bool operator()(const Left& left, const Right& right) const noexcept {
        return sqlite3_stricmp(text(left), text(right)) < 0;
    }

private:
    static const char* text(const std::string& name) noexcept { return name.c_str(); }
    static const char* text(const char* name) noexcept { return name; }
};
using NameSet = std::set<std::string, NameLess>;
template <typename Value>
using NameMap = std::map<std::string, Value, NameLess>;

}  // namespace tidemark::sqlite

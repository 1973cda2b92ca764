#pragma once

#include <cstdint>

struct sqlite3_vfs;

namespace bench {

/// While it lives, counts the bytes that SQLite hands to the operating system: for database, WAL and
/// journal files that are opened in that time, of any connection of the process. One at a time, and
/// only while no other connection is opened or open.
class WriteCount {
public:
    WriteCount();
    ~WriteCount();
    WriteCount(const WriteCount&) = delete;
    WriteCount& operator=(const WriteCount&) = delete;

    [[nodiscard]] std::uint64_t bytes() const noexcept;

private:
    sqlite3_vfs* const before_;
};

}  // namespace bench

#pragma once

#include "support/temporary_directory.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tidemark::tests {

/// A folder whose disk a test can fill, and empty again.
///
/// Where this process may mount (as root, or in a user namespace of its own) it is a tmpfs of two
/// megabytes, in a mount namespace that ends with the process. Elsewhere, or with
/// `TIDEMARK_FULL_DISK=rlimit`, it is an ordinary folder, and full means that no file may grow
/// (RLIMIT_FSIZE): SQLite then says SQLITE_IOERR_WRITE where it would say SQLITE_FULL.
class SmallDisk {
public:
    static constexpr std::uint64_t size_bytes = 2U << 20U;

    SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk();

    [[nodiscard]] std::string path() const { return directory_.file("disk"); }
    [[nodiscard]] std::string file(const std::string& name) const { return path() + "/" + name; }

    /// From now on only so many bytes can be written before the disk is full.
    void fill_but(std::uint64_t bytes);
    /// There is room again.
    void make_room();

    /// Which of the two it is.
    [[nodiscard]] static bool is_mounted();
    [[nodiscard]] static std::string kind();

private:
    TemporaryDirectory directory_;
};

/// Whether this process may mount; enters namespaces of its own at the first call. To be asked
/// before the process has a second thread.
[[nodiscard]] bool can_mount();

}  // namespace tidemark::tests

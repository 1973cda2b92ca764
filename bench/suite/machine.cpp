#include "machine.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <thread>

#include <sys/statfs.h>
#include <sys/utsname.h>

namespace bench {
namespace {

std::string filesystem_of(const std::string& folder) {
    struct statfs facts {};
    if (::statfs(folder.c_str(), &facts) != 0) {
        return "unknown";
    }
    switch (static_cast<unsigned long>(facts.f_type)) {
        case 0xEF53:
            return "ext4";
        case 0x01021994:
            return "tmpfs";
        case 0x58465342:
            return "xfs";
        case 0x9123683E:
            return "btrfs";
        case 0x794C7630:
            return "overlay";
        case 0x2FC12FC1:
            return "zfs";
        default:
            return fmt::format("{:#x}", static_cast<unsigned long>(facts.f_type));
    }
}

std::string compiler() {
#ifdef __clang__
    return std::string{"Clang "} + __clang_version__;
#else
    return std::string{"GCC "} + __VERSION__;
#endif
}

}  // namespace

Machine describe_machine(const std::string& folder) {
    utsname names{};
    ::uname(&names);
    return {.cpus = std::thread::hardware_concurrency(),
            .kernel = fmt::format("{} {}", names.sysname, names.release),
            .filesystem = filesystem_of(
                folder.empty() ? std::filesystem::temp_directory_path().string() : folder),
            .compiler = compiler()};
}

}  // namespace bench

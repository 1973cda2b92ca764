#include "sql_input.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cli {
namespace {

constexpr std::size_t part_bytes = 64UL * 1024;

[[noreturn]] void throw_unreadable(const std::string& name, int error) {
    throw std::runtime_error(
        fmt::format("cannot read {}: {}", name, std::generic_category().message(error)));
}

int open_script(const std::string& path) {
    // Opening a named pipe waits for its writer, and a signal could not end that: so it is opened
    // without waiting, and poll() waits instead.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): there is no other open()
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        throw_unreadable(path, errno);
    }
    struct stat facts {};
    if (fstat(descriptor, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        close(descriptor);
        throw_unreadable(path, EISDIR);
    }
    return descriptor;
}

bool means_again(int error) { return error == EINTR || error == EAGAIN; }

}  // namespace

SqlInput::SqlInput(const std::string& path)
    : name_(path == "-" ? "stdin" : path),
      descriptor_(path == "-" ? STDIN_FILENO : open_script(path)),
      owned_(path != "-"),
      buffer_(part_bytes, '\0') {}

SqlInput::~SqlInput() {
    if (owned_) {
        close(descriptor_);
    }
}

std::optional<std::string_view> SqlInput::read(int wake_descriptor) {
    while (true) {
        std::array<pollfd, 2> events{{{descriptor_, POLLIN, 0}, {wake_descriptor, POLLIN, 0}}};
        if (poll(events.data(), events.size(), -1) < 0) {
            if (!means_again(errno)) {
                throw_unreadable(name_, errno);
            }
            continue;
        }
        if (events[1].revents != 0) {
            return std::nullopt;
        }
        const auto size = ::read(descriptor_, buffer_.data(), buffer_.size());
        if (size >= 0) {
            return std::string_view{buffer_}.substr(0, static_cast<std::size_t>(size));
        }
        if (!means_again(errno)) {
            throw_unreadable(name_, errno);
        }
    }
}

}  // namespace cli

#include "support/child_process.hpp"

#include <spawn.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tidemark::tests {

namespace {

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
    std::array<int, 2> ends{-1, -1};

    // CLOEXEC: or a second child would keep the first one's pipes open.
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            fail(errno, "pipe2");
        }
    }
};

void close_end(int& end) {
    if (end >= 0) {
        ::close(end);
    }
    end = -1;
}

}  // namespace

ChildProcess::ChildProcess(const std::string& program, const std::vector<std::string>& arguments) {
    Pipe in;
    Pipe out;
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
    const int error = ::posix_spawn(&id_, program.c_str(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);

    ::close(in.ends[0]);
    ::close(out.ends[1]);
    input_ = in.ends[1];
    output_ = out.ends[0];
    if (error != 0) {
        id_ = -1;
        close_end(input_);
        close_end(output_);
        fail(error, "start " + program);
    }
}

ChildProcess::~ChildProcess() {
    if (id_ > 0) {
        kill();
    }
    close_end(input_);
    close_end(output_);
}

bool ChildProcess::read_more() {
    std::array<char, 4096> buffer{};
    ssize_t size = 0;
    do {
        size = ::read(output_, buffer.data(), buffer.size());
    } while (size < 0 && errno == EINTR);
    if (size <= 0) {
        return false;
    }
    unread_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
}

std::optional<std::string> ChildProcess::read_line() {
    std::size_t end = unread_.find('\n');
    while (end == std::string::npos) {
        if (!read_more()) {
            return std::nullopt;
        }
        end = unread_.find('\n');
    }
    std::string line = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    return line;
}

std::string ChildProcess::read_rest() {
    while (read_more()) {
    }
    return std::exchange(unread_, {});
}

bool ChildProcess::readable_within(std::chrono::milliseconds time) const {
    if (!unread_.empty()) {
        return true;
    }
    pollfd poll{.fd = output_, .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, static_cast<int>(time.count())) > 0;
}

int ChildProcess::finish() {
    close_end(input_);
    return wait();
}

int ChildProcess::kill() {
    ::kill(id_, SIGKILL);
    return wait();
}

int ChildProcess::wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace tidemark::tests

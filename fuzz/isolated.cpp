#include "isolated.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace tidemark::fuzz {
namespace {

void write_all(int descriptor, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t written = ::write(descriptor, text.data() + done, text.size() - done);
        if (written <= 0) return;
        done += static_cast<std::size_t>(written);
    }
}

std::string read_all(int descriptor) {
    std::string text;
    char buffer[4096];
    for (ssize_t size = 0; (size = ::read(descriptor, buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
}

// "statements", and after it "kind step description" when there is a difference.
std::string encode(const Played& played) {
    std::string text = std::to_string(played.statements);
    if (!played.difference) return text;
    return text + ' ' + std::to_string(static_cast<int>(played.difference->kind)) + ' ' +
           std::to_string(played.difference->step) + ' ' + played.difference->description;
}

Played decode(const std::string& text) {
    Played played{.statements = std::stoul(text)};
    const std::size_t kind = text.find(' ');
    if (kind == std::string::npos) return played;
    const std::size_t step = text.find(' ', kind + 1);
    const std::size_t description = text.find(' ', step + 1);
    played.difference =
        Difference{.kind = static_cast<DifferenceKind>(std::stoi(text.substr(kind))),
                   .step = std::stoul(text.substr(step)),
                   .description = text.substr(description + 1)};
    return played;
}

// After all steps, as far as one knows.
Played ended_badly(DifferenceKind kind, const std::string& description) {
    return {.difference = Difference{
                .kind = kind, .step = static_cast<std::size_t>(-1), .description = description}};
}

[[noreturn]] void work_and_exit(const Isolated::Work& work, const std::string& folder,
                                std::chrono::seconds patience, int answer) {
    ::alarm(static_cast<unsigned>(patience.count()));
    try {
        write_all(answer, encode(work(folder)));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tidemark_fuzz: %s\n", error.what());
        ::_exit(EXIT_FAILURE);
    }
    ::_exit(EXIT_SUCCESS);
}

}  // namespace

Isolated::Isolated(const Work& work, std::chrono::seconds patience) {
    int ends[2] = {-1, -1};
    if (::pipe(ends) != 0) throw std::runtime_error("pipe: " + std::string(std::strerror(errno)));
    std::fflush(nullptr);
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("fork: " + std::string(std::strerror(errno)));
    if (child_ == 0) {
        ::close(ends[0]);
        work_and_exit(work, folder_.path().string(), patience, ends[1]);
    }
    ::close(ends[1]);
    answer_ = ends[0];
}

Isolated::~Isolated() {
    if (answer_ >= 0) (void)wait();
}

Played Isolated::wait() {
    const std::string answer = read_all(answer_);
    ::close(answer_);
    answer_ = -1;
    int status = 0;
    ::waitpid(child_, &status, 0);
    if (WIFSIGNALED(status)) {
        const bool hangs = WTERMSIG(status) == SIGALRM;
        return ended_badly(hangs ? DifferenceKind::hang : DifferenceKind::crash,
                           ::strsignal(WTERMSIG(status)));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || answer.empty()) {
        return ended_badly(DifferenceKind::crash, "it ended with an error");
    }
    return decode(answer);
}

}  // namespace tidemark::fuzz

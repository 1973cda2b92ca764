#include "signal_watch.hpp"

#include "exit_code.hpp"
#include "terminal.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds one_keystroke{1};
// An interrupt that falls between two statements is lost, so it is repeated while it is wanted.
constexpr int interrupt_every_ms = 20;

sigset_t watched_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&set, number);
    }
    return set;
}

int check(int descriptor, const char* call) {
    if (descriptor < 0) {
        throw std::system_error(errno, std::generic_category(), call);
    }
    return descriptor;
}

void tell(int event) {
    const std::uint64_t one = 1;
    // Cannot fail: the counter never comes near its limit.
    [[maybe_unused]] const auto written = write(event, &one, sizeof one);
}

[[noreturn]] void leave(int signal_number) { std::_Exit(exit_code::of_signal(signal_number)); }

}  // namespace

SignalWatch::SignalWatch() {
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signals_ = check(signalfd(-1, &set, SFD_CLOEXEC), "signalfd");
    wake_ = check(eventfd(0, EFD_CLOEXEC), "eventfd");
    stop_ = check(eventfd(0, EFD_CLOEXEC), "eventfd");
    thread_ = std::jthread{[this](const std::stop_token& stop) { watch(stop); }};
}

SignalWatch::~SignalWatch() {
    thread_.request_stop();
    tell(stop_);
    thread_.join();
    for (const int descriptor : {signals_, wake_, stop_}) {
        close(descriptor);
    }
}

void SignalWatch::begin(sqlite3* connection) {
    const std::lock_guard lock{mutex_};
    began_ = true;
    connection_ = connection;
}

void SignalWatch::stop_interrupting() {
    const std::lock_guard lock{mutex_};
    connection_ = nullptr;
}

void SignalWatch::watch(const std::stop_token& stop) {
    Clock::time_point first;
    while (!stop.stop_requested()) {
        std::array<pollfd, 2> events{{{signals_, POLLIN, 0}, {stop_, POLLIN, 0}}};
        poll(events.data(), events.size(), received_ == 0 ? -1 : interrupt_every_ms);
        signalfd_siginfo info{};
        if ((events[0].revents & POLLIN) != 0 && read(signals_, &info, sizeof info) > 0) {
            const auto number = static_cast<int>(info.ssi_signo);
            if (received_ == 0) {
                first = Clock::now();
                take_signal(number);
            } else if (Clock::now() - first >= one_keystroke) {
                standard_error().line("Second signal: leaving without waiting for the disk");
                leave(number);
            }
        }
        interrupt();
    }
}

void SignalWatch::take_signal(int number) {
    const std::lock_guard lock{mutex_};
    if (!began_) {
        standard_error().erase();
        leave(number);
    }
    received_ = number;
    tell(wake_);
}

void SignalWatch::interrupt() {
    const std::lock_guard lock{mutex_};
    if (received_ != 0 && connection_ != nullptr) {
        sqlite3_interrupt(connection_);
    }
}

}  // namespace cli

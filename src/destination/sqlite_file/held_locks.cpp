#include "destination/sqlite_file/held_locks.hpp"

#include <algorithm>
#include <utility>

#include <pthread.h>
#include <unistd.h>

namespace tidemark::destination {

// Never destroyed: a database that is closed by the destructor of a static object comes late.
HeldLocks& HeldLocks::of_this_process() {
    static HeldLocks& only = *new HeldLocks;
    return only;
}

// The mutex is taken around fork(), so that the child finds it free and the list complete.
HeldLocks::HeldLocks() {
    ::pthread_atfork([] { of_this_process().mutex_.lock(); },
                     [] { of_this_process().mutex_.unlock(); },
                     [] {
                         of_this_process().close_inherited();
                         of_this_process().mutex_.unlock();
                     });
}

void HeldLocks::add(std::string path, int descriptor) {
    all_.push_back({.path = std::move(path), .descriptor = descriptor, .inherited = false});
}

int HeldLocks::remove(const std::string& path) {
    const auto held = std::find_if(all_.begin(), all_.end(), [&path](const Held& each) {
        return !each.inherited && each.path == path;
    });
    if (held == all_.end()) return -1;
    const int descriptor = held->descriptor;
    all_.erase(held);
    return descriptor;
}

bool HeldLocks::is_held(const std::string& path) const {
    return std::any_of(all_.begin(), all_.end(),
                       [&path](const Held& each) { return !each.inherited && each.path == path; });
}

bool HeldLocks::is_inherited(const std::string& path) const {
    return std::any_of(all_.begin(), all_.end(),
                       [&path](const Held& each) { return each.inherited && each.path == path; });
}

// Between fork() and exec() only what is safe in a signal handler may be called. Closing drops no
// lock as long as the parent has the file open; LOCK_UN would.
void HeldLocks::close_inherited() noexcept {
    for (Held& each : all_) {
        if (!each.inherited) ::close(each.descriptor);
        each.inherited = true;
        each.descriptor = -1;
    }
}

}  // namespace tidemark::destination

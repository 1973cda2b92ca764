#include "database/at_exit.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <pthread.h>

namespace tidemark {

namespace {

/// Keeps the plugin or library that holds this code in memory: `dlclose` would take it away below the
/// threads of a database that is still open, and below the functions that its connection calls.
void stay_loaded() noexcept {
    Dl_info object{};
    if (::dladdr(reinterpret_cast<const void*>(&stay_loaded), &object) != 0) {
        // Of the program itself nothing comes, and nothing has to.
        static_cast<void>(::dlopen(object.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));
    }
}

}  // namespace

/// The list, and what is done with it. There is one, from the first database to the very end of the
/// process: destroyed never, since a static object may close its database after everything else.
class ExitHandler {
public:
    using Lock = std::unique_lock<std::mutex>;
    using Clock = std::chrono::steady_clock;

    // In memory of the program: asking for it must not fail.
    [[nodiscard]] static ExitHandler& only() {
        alignas(ExitHandler) static std::byte memory[sizeof(ExitHandler)];
        static ExitHandler& handler = *new (memory) ExitHandler;
        return handler;
    }

    void add(AtExit& database) {
        const Lock lock(mutex_);
        database.number_ = ++last_number_;
        open_.push_back(&database);
    }

    void remove(AtExit& database) noexcept {
        Lock lock(mutex_);
        changed_.wait(lock, [&] { return !database.leaving_; });
        std::erase(open_, &database);
        changed_.notify_all();
    }

    void begin_closing(AtExit& database) noexcept {
        Lock lock(mutex_);
        changed_.wait(lock, [&] { return !database.leaving_; });
        database.closing_ = true;
        database.closer_ = std::this_thread::get_id();
    }

    void end_closing(AtExit& database) noexcept {
        const Lock lock(mutex_);
        database.closing_ = false;
        changed_.notify_all();
    }

    [[nodiscard]] unsigned forks() const noexcept { return forks_.load(std::memory_order_relaxed); }

private:
    ExitHandler() {
        stay_loaded();
        // Around fork(), so that the child finds the mutex free.
        ::pthread_atfork([] { only().mutex_.lock(); }, [] { only().mutex_.unlock(); },
                         [] { only().forget_in_child(); });
        static_cast<void>(std::atexit([] { only().leave_all(); }));
        static_cast<void>(std::at_quick_exit([] { only().leave_all(); }));
    }

    // Nothing is freed, and nobody is waiting here whom the parent's condition may still know of.
    void forget_in_child() noexcept {
        ++forks_;
        inherited_.swap(open_);
        new (&changed_) std::condition_variable;
        mutex_.unlock();
    }

    void leave_all() noexcept {
        const Clock::time_point begin = Clock::now();
        std::uint64_t last = 0;
        Lock lock(mutex_);
        while (AtExit* database = next_after(last)) {
            last = database->number_;
            if (!wait_for_closer(last, begin, lock)) continue;
            database->leaving_ = true;
            lock.unlock();
            database->leave_(
                std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin));
            lock.lock();
            database->leaving_ = false;
            changed_.notify_all();
        }
    }

    // In the order in which they were opened. Databases come and go meanwhile.
    [[nodiscard]] AtExit* next_after(std::uint64_t number) const noexcept {
        const auto next = std::find_if(open_.begin(), open_.end(), [number](const AtExit* each) {
            return each->number_ > number;
        });
        return next == open_.end() ? nullptr : *next;
    }

    [[nodiscard]] AtExit* find(std::uint64_t number) const noexcept {
        AtExit* found = next_after(number - 1);
        return found != nullptr && found->number_ == number ? found : nullptr;
    }

    // True when the database is there and nobody is closing it. Whoever calls exit() within close()
    // waits for nobody.
    bool wait_for_closer(std::uint64_t number, Clock::time_point begin, Lock& lock) {
        const AtExit* database = find(number);
        if (!database->closing_) return true;
        if (database->closer_ == std::this_thread::get_id()) return false;
        changed_.wait_until(lock, begin + database->deadline_, [&] {
            database = find(number);
            return database == nullptr || !database->closing_;
        });
        return database != nullptr && !database->closing_;
    }

    std::atomic<unsigned> forks_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::vector<AtExit*> open_;
    std::uint64_t last_number_ = 0;
    // The parent's, which are leaked here.
    std::vector<AtExit*> inherited_;
};

AtExit::AtExit(Leave leave, std::chrono::milliseconds deadline)
    : leave_(std::move(leave)), deadline_(deadline) {
    ExitHandler::only().add(*this);
}

AtExit::~AtExit() { ExitHandler::only().remove(*this); }

unsigned AtExit::forks() noexcept { return ExitHandler::only().forks(); }

AtExit::Closing::Closing(AtExit& at_exit) : at_exit_(at_exit) {
    ExitHandler::only().begin_closing(at_exit_);
}

AtExit::Closing::~Closing() { ExitHandler::only().end_closing(at_exit_); }

}  // namespace tidemark

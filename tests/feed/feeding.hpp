#pragma once

#include "support/fixture.hpp"

#include <tidemark/destination.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tidemark::tests {

/// A destination in memory that does what a test wants: refuses, or lets nobody through.
class Gate : public Destination {
public:
    std::optional<DestinationMark> mark() override {
        const std::lock_guard lock(mutex_);
        threads_.push_back(std::this_thread::get_id());
        if (refusal_) throw Error(*refusal_);
        return mark_;
    }
    void load(const Changes& content, const DestinationMark& mark) override { take(content, mark); }
    void apply(const Changes& batch, const DestinationMark& mark) override { take(batch, mark); }
    void disconnect() noexcept override {
        const std::lock_guard lock(mutex_);
        ++disconnects_;
    }

    void refuse(std::optional<Error> error) {
        const std::lock_guard lock(mutex_);
        refusal_ = std::move(error);
    }
    /// Takes the next batch, and says that it has failed.
    void lose_next_answer() {
        const std::lock_guard lock(mutex_);
        loses_answer_ = true;
    }
    void set_mark(std::optional<DestinationMark> mark) {
        const std::lock_guard lock(mutex_);
        mark_ = std::move(mark);
    }
    /// Until it is opened again, who comes is kept waiting.
    void shut() {
        const std::lock_guard lock(mutex_);
        is_open_ = false;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    void wait_until_somebody_waits() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ > 0; });
    }

    /// Number, and the one before it, of what it has got.
    using Taken = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
    [[nodiscard]] Taken taken() const {
        const std::lock_guard lock(mutex_);
        return taken_;
    }
    [[nodiscard]] std::vector<std::thread::id> threads() const {
        const std::lock_guard lock(mutex_);
        return threads_;
    }
    [[nodiscard]] int disconnects() const {
        const std::lock_guard lock(mutex_);
        return disconnects_;
    }

private:
    void take(const Changes& batch, const DestinationMark& mark) {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return is_open_; });
        --waiting_;
        threads_.push_back(std::this_thread::get_id());
        if (refusal_) throw Error(*refusal_);
        taken_.emplace_back(mark.batch, batch.previous());
        mark_ = mark;
        if (std::exchange(loses_answer_, false))
            throw Error({.reason = "the answer is lost", .retryable = true});
    }

    mutable std::mutex mutex_;  // guards everything
    std::condition_variable changed_;
    bool is_open_ = true;
    bool loses_answer_ = false;
    int waiting_ = 0;
    int disconnects_ = 0;
    std::optional<Error> refusal_;
    std::optional<DestinationMark> mark_;
    Taken taken_;
    std::vector<std::thread::id> threads_;
};

/// A kept database with destinations.
class FedDatabase : public KeptDatabase {
protected:
    [[nodiscard]] Options feeding_options() const {
        Options options = KeptDatabase::options();
        options.history.enabled = true;
        options.retry_pause_first = std::chrono::milliseconds{1};
        options.retry_pause_max = std::chrono::milliseconds{1};
        return options;
    }
    [[nodiscard]] Options feeding(const std::shared_ptr<Destination>& destination) const {
        Options options = feeding_options();
        options.destinations.push_back({.name = "other", .destination = destination});
        return options;
    }
    [[nodiscard]] std::string copy_path() const { return directory().file("copy.db"); }
    [[nodiscard]] std::shared_ptr<Destination> copy() const {
        return sqlite_destination(copy_path(), {.synchronous = Synchronous::off});
    }

    /// One batch.
    void change(const std::string& sql) {
        run(sql);
        database().flush();
    }
    [[nodiscard]] DestinationStatus destination() { return database().status().destinations.at(0); }
    /// True when the destination has got to the mark of the disk.
    [[nodiscard]] bool catches_up() {
        database().flush();
        const std::uint64_t mark = database().status().mark;
        const auto is_there = [&](const Heard&) {
            const DestinationStatus now = destination();
            return now.mark == mark && !now.last_error;
        };
        // That it has nothing to do any more is told to nobody: it is looked at from time to time.
        for (int looks = 0; looks < 3000; ++looks) {
            if (observer().wait_until(is_there, std::chrono::milliseconds{10})) return true;
            if (destination().stopped) return false;
        }
        return false;
    }
    /// What the first failure that was told said; waits for it.
    [[nodiscard]] std::string failure() {
        const bool heard = observer().wait_until(
            [](const Heard& all) { return !all.destination_failures.empty(); });
        return heard ? observer().heard().destination_failures.front().second.what() : "none";
    }
};

}  // namespace tidemark::tests

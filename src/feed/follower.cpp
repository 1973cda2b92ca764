#include "feed/follower.hpp"

#include "change/changes_content.hpp"
#include "sync/threads.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tidemark::feed {
namespace {

Changes as_changes(change::Effects effects, std::chrono::system_clock::time_point written) {
    return Changes(std::make_shared<Changes::Content>(std::move(effects), written));
}

Error refusal(const std::string& destination, std::string reason) {
    return Error({.operation = "lead the destination on",
                  .object = destination,
                  .reason = std::move(reason),
                  .advice = begin_anew});
}

}  // namespace

Follower::Follower(DestinationOptions options, const Origin& origin, sync::Clock& clock)
    : options_(std::move(options)),
      origin_(origin),
      clock_(clock),
      errors_(options_.name),
      batches_(origin.history_path, options_.name),
      rules_(options_.rules, origin.prepare),
      retry_pause_(origin.retry_pause_first, origin.retry_pause_max) {}

void Follower::start(std::uint64_t disk_mark, Tell tell) {
    tell_ = std::move(tell);
    disk_mark_ = disk_mark;
    thread_ =
        sync::start_thread("start the thread of destination", options_.name, [this] { run(); });
}

void Follower::run() {
    while (wait_for_work()) attempt();
    options_.destination->disconnect();
}

// ---- when -------------------------------------------------------------------------------------

bool Follower::wait_for_work() {
    Lock lock(mutex_);
    while (!is_ending_) {
        const bool has_work = this->has_work();
        if (has_work && clock_.now() >= retry_at_) {
            is_busy_ = true;
            return true;
        }
        clock_.wait_until(wake_, lock, has_work ? retry_at_ : sync::never);
    }
    return false;
}

bool Follower::is_behind() const noexcept { return must_ask_ || !mark_ || *mark_ < disk_mark_; }

bool Follower::has_work() const noexcept { return is_behind() && !is_stopped_ && !is_resting_; }

std::uint64_t Follower::lag() const noexcept {
    const std::uint64_t mark = mark_.value_or(0);
    return disk_mark_ > mark ? disk_mark_ - mark : 0;
}

void Follower::disk_is_at(std::uint64_t mark) noexcept {
    const std::lock_guard lock(mutex_);
    disk_mark_ = std::max(disk_mark_, mark);
    wake_.notify_one();
}

// ---- one attempt ------------------------------------------------------------------------------

void Follower::attempt() {
    try {
        step();
    } catch (...) {
        note_failure(errors_.current());
    }
    const std::lock_guard lock(mutex_);
    is_busy_ = false;
    answered_.notify_all();
}

void Follower::step() {
    // Nobody else writes these two.
    if (must_ask_) return ask_for_mark();
    if (!mark_) return load();
    apply_next();
}

void Follower::ask_for_mark() {
    const std::optional<DestinationMark> mark = options_.destination->mark();
    if (mark && mark->source != origin_.source) {
        throw refusal(options_.name,
                      "it has batches of another database, or of this one with another history");
    }
    // Later it may be a mark that was set by a call which seemed to fail.
    if (mark && !has_asked_ && mark->batch > origin_.opened_at) {
        throw refusal(options_.name, "it has batch " + std::to_string(mark->batch) +
                                         ", and the database only had " +
                                         std::to_string(origin_.opened_at) +
                                         " when it was opened: it was put back");
    }
    const std::lock_guard lock(mutex_);
    must_ask_ = false;
    has_asked_ = true;
    mark_ = mark ? std::optional(mark->batch) : std::nullopt;
}

void Follower::load() {
    const bool gets_all_batches = origin_.began_empty && !has_loaded_ && !mark_;
    change::Effects content = gets_all_batches ? change::Effects{} : origin_.read_all();
    if (!rules_.empty()) content = rules_.load(content);
    rules_know_schema_ = true;
    const std::uint64_t number = content.number;
    options_.destination->load(as_changes(std::move(content), clock_.wall_time()),
                               {.source = origin_.source, .batch = number});
    has_loaded_ = true;
    note_success(number);
}

void Follower::apply_next() {
    std::uint64_t disk_mark = 0;
    {
        const std::lock_guard lock(mutex_);
        if (!is_behind()) return;
        disk_mark = disk_mark_;
    }
    BatchSource::Batch batch = batches_.next(*mark_, disk_mark);
    if (!rules_.empty()) {
        if (!rules_know_schema_) use_rules();
        std::optional<change::Effects> left = rules_.apply(batch.effects);
        if (!left) return load();
        batch.effects = *std::move(left);
    }
    const std::uint64_t number = batch.effects.number;
    options_.destination->apply(as_changes(std::move(batch.effects), batch.written),
                                {.source = origin_.source, .batch = number});
    note_success(number);
}

void Follower::use_rules() {
    Origin::Schema now = origin_.read_schema();
    rules_.use_schema(batches_.schema_after(*mark_, std::move(now.objects), now.mark));
    rules_know_schema_ = true;
}

void Follower::note_success(std::uint64_t mark) {
    {
        const std::lock_guard lock(mutex_);
        mark_ = mark;
        last_error_ = nullptr;
        retry_pause_.reset();
        retry_at_ = sync::TimePoint::min();
    }
    const bool recovers = std::exchange(told_, nullptr) != nullptr;
    tell_([&](Observer& observer) {
        if (recovers) observer.on_destination_recovery(options_.name);
    });
    tell_([&](Observer& observer) { observer.on_destination_sync(options_.name, mark); });
}

void Follower::note_failure(const sync::SharedError& error) {
    batches_.close();
    rules_know_schema_ = false;
    std::uint64_t behind = 0;
    {
        const std::lock_guard lock(mutex_);
        must_ask_ = true;
        last_error_ = error;
        is_stopped_ = !error->retryable();
        has_given_up_ = is_hurried_;
        retry_at_ = sync::later(clock_.now(), retry_pause_.next());
        behind = lag();
    }
    const bool is_news = told_ == nullptr || !sync::same_cause(*told_, *error);
    told_ = error;
    if (!is_news) return;
    tell_([&](Observer& observer) {
        observer.on_destination_failure(options_.name, *error, behind);
    });
}

// ---- from other threads -----------------------------------------------------------------------

std::uint64_t Follower::has_had() const noexcept {
    const std::lock_guard lock(mutex_);
    return is_stopped_ ? std::numeric_limits<std::uint64_t>::max() : mark_.value_or(0);
}

DestinationStatus Follower::status() const {
    const std::lock_guard lock(mutex_);
    DestinationStatus status{.name = options_.name,
                             .mark = mark_,
                             .lag_batches = lag(),
                             .last_error = std::nullopt,
                             .stopped = is_stopped_};
    if (last_error_ != nullptr) status.last_error = *last_error_;
    return status;
}

void Follower::hurry() noexcept {
    const std::lock_guard lock(mutex_);
    is_hurried_ = true;
    retry_at_ = sync::TimePoint::min();
    wake_.notify_one();
}

void Follower::wait_until_caught_up(sync::TimePoint until) {
    Lock lock(mutex_);
    while (has_work() && !has_given_up_ && clock_.now() < until) {
        clock_.wait_until(answered_, lock, until);
    }
}

void Follower::rest(sync::TimePoint until) {
    Lock lock(mutex_);
    is_resting_ = true;
    while (is_busy_ && clock_.now() < until) clock_.wait_until(answered_, lock, until);
}

void Follower::ask_to_end() noexcept {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    wake_.notify_one();
}

void Follower::join() noexcept {
    if (thread_.joinable()) thread_.join();
}

}  // namespace tidemark::feed

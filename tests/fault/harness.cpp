#include "fault/harness.hpp"

#include "support/compare.hpp"
#include "support/sql.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <random>
#include <stdexcept>
#include <utility>

namespace tidemark::tests {
namespace {

constexpr std::chrono::milliseconds one_attempt{0};

/// What is wrong with the library.
class Finding : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

std::uint64_t content_on_disk(const std::string& path) {
    const FaultVfs::Bystander bystander;
    const Plain disk(path);
    return fingerprint(disk);
}

/// Writes down what the disk database is at each mark.
class Recorder : public Observer {
public:
    Recorder(std::string path, std::map<std::uint64_t, std::uint64_t>& marks)
        : path_(std::move(path)), marks_(marks) {}
    void on_sync(const SyncReport& report) override {
        marks_[report.mark] = content_on_disk(path_);
    }

private:
    const std::string path_;
    std::map<std::uint64_t, std::uint64_t>& marks_;
};

std::string with_trace(const std::string& what, const FaultVfs& vfs) {
    return what + "\nthe last operations:\n" + vfs.trace();
}

}  // namespace

const char* name_of(JournalMode mode) {
    constexpr const char* modes[] = {"wal", "truncate", "persist", "remove"};
    return modes[static_cast<int>(mode)];
}

std::ostream& operator<<(std::ostream& out, const FaultCase& subject) {
    constexpr const char* levels[] = {"off", "normal", "full", "extra"};
    constexpr const char* starts[] = {"nothing", "a file of others", "what a crash has left"};
    return out << to_string(subject.strategy) << ", " << name_of(subject.journal_mode) << ", "
               << levels[static_cast<int>(subject.synchronous)] << ", characteristics "
               << subject.device.characteristics << ", from "
               << starts[static_cast<int>(subject.start)];
}

// ---- playing ----------------------------------------------------------------------------------

/// An application that runs the steps of the workload, one after the other.
class Harness::Player {
public:
    Player(const Harness& harness, std::chrono::milliseconds deadline)
        : harness_(harness), options_(harness.options()), deadline_(deadline) {}

    Options& options() { return options_; }
    /// The mark at the last flush that returned.
    [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::size_t transactions() const { return transactions_; }
    [[nodiscard]] std::uint64_t whole_copies() const { return whole_copies_; }
    [[nodiscard]] Database& database() { return *database_; }
    [[nodiscard]] std::uint64_t content() const { return fingerprint(database_->handle()); }

    /// Throws Error when one step fails, which can then be tried again.
    void open() { database_.emplace(Database::open(harness_.path(), options_)); }
    void close() {
        if (!database_) return;
        database_->close();
        const Status status = database_->status();
        acknowledged_ = status.mark;
        whole_copies_ += status.whole_copies;
        database_.reset();
    }
    void flush() {
        database_->flush(deadline_);
        acknowledged_ = database_->status().mark;
    }
    void run(const WorkloadStep& step) {
        switch (step.kind) {
            case WorkloadStep::Kind::transaction:
                exec(database_->handle(), step.sql);
                ++transactions_;
                return;
            case WorkloadStep::Kind::flush:
                return flush();
            case WorkloadStep::Kind::reopen:
                close();
                return open();
            case WorkloadStep::Kind::checkpoint:
                return checkpoint();
        }
    }
    // By another connection, which may fail as well.
    void checkpoint() const {
        try {
            exec(Plain(harness_.path()), "PRAGMA wal_checkpoint");
        } catch (const SqlError&) {
            return;
        }
    }
    void run_all() {
        open();
        for (const WorkloadStep& step : harness_.case_.workload) run(step);
        close();
    }
    /// As when the process ends: nothing more gets to the disk.
    void drop() { database_.reset(); }

private:
    const Harness& harness_;
    Options options_;
    const std::chrono::milliseconds deadline_;
    std::optional<Database> database_;
    std::uint64_t acknowledged_ = 0;
    std::size_t transactions_ = 0;
    std::uint64_t whole_copies_ = 0;
};

Harness::Harness(FaultCase subject) : case_(std::move(subject)) {
    prepare_start();
    record();
}

/// Syncs are made by flush() and close() alone, so that each run does the same operations.
Options Harness::options() const {
    Options options;
    options.strategy = case_.strategy;
    options.journal_mode = case_.journal_mode;
    options.synchronous = case_.synchronous;
    options.interval = std::chrono::hours{1};
    options.busy_timeout = std::chrono::milliseconds{0};
    options.retry_pause_first = std::chrono::milliseconds{1};
    options.retry_pause_max = std::chrono::milliseconds{1};
    options.close_deadline = one_attempt;
    return options;
}

void Harness::prepare_start() {
    if (case_.start == Start::nothing) return;
    if (case_.start == Start::file_of_others) {
        exec(Plain(path()), content_of_strangers());
    } else {
        FaultVfs vfs(case_.device);
        {
            Player player(*this, one_attempt);
            player.open();
            exec(player.database().handle(), content_of_strangers());
            player.flush();
            exec(player.database().handle(), "UPDATE theirs SET body = 'one' WHERE id = 1");
            player.flush();
            exec(player.database().handle(), "DELETE FROM theirs WHERE id = 3");
            // In rollback mode: with a journal that is hot.
            vfs.set({.at = 3, .of = {FileOperation::sync}});
            if (case_.journal_mode == JournalMode::wal) vfs.stop();
            player.drop();
        }
        vfs.restore_after_stop();
    }
    for (const std::string& name : names_in(directory_.path())) {
        if (!name.ends_with("-shm")) start_[name] = read_file(directory_.file(name));
    }
}

void Harness::write_start() const {
    for (const std::string& name : names_in(directory_.path())) {
        std::filesystem::remove(directory_.file(name));
    }
    for (const auto& [name, content] : start_) write_file(directory_.file(name), content);
}

void Harness::record() {
    write_start();
    const FaultVfs vfs(case_.device);
    Player player(*this, std::chrono::seconds{30});
    player.options().observer = std::make_shared<Recorder>(path(), history_.marks);
    player.open();
    history_.boundaries.push_back(player.content());
    history_.marks[player.database().status().mark] = player.content();
    for (const WorkloadStep& step : case_.workload) {
        player.run(step);
        if (step.kind == WorkloadStep::Kind::transaction) {
            history_.boundaries.push_back(player.content());
        }
    }
    player.close();
    history_.operations = vfs.count();
    history_.changes = vfs.count(what_changes_files);
    history_.writes = vfs.count({FileOperation::write});
    history_.syncs = vfs.count({FileOperation::sync});
    history_.locks = vfs.count({FileOperation::lock, FileOperation::shm_lock});
    history_.whole_copies = player.whole_copies();
    for (const auto& [mark, content] : history_.marks) {
        if (history_.has_boundary(content)) continue;
        throw Finding("without any fault: the disk at mark " + std::to_string(mark) +
                      " is no committed state");
    }
}

// ---- crashes ----------------------------------------------------------------------------------

std::string Harness::crash_at(std::uint64_t n, const Crash& crash) {
    write_start();
    FaultVfs vfs(case_.device, crash.seed);
    vfs.set({.kind = n % 3 == 0 ? Fault::Kind::tear : Fault::Kind::stop,
             .at = n,
             .of = what_changes_files});
    std::uint64_t acknowledged = history_.marks.begin()->first;
    std::string trace;
    try {
        Player player(*this, one_attempt);
        try {
            player.run_all();
            // The power can also go when everything is done.
            vfs.stop();
        } catch (const Error& error) {
            if (!vfs.is_stopped()) throw Finding(std::string("before the end: ") + error.what());
        }
        player.drop();
        acknowledged = std::max(acknowledged, player.acknowledged());
        trace = vfs.trace();
        if (crash.power_loss) {
            vfs.restore_after_power_loss(crash.seed);
        } else {
            vfs.restore_after_stop();
        }
        if (crash.may_take_back) acknowledged = history_.marks.begin()->first;
        if (crash.seed % 4 == 0) interrupt_recovery(vfs, crash);
        // Whoever opens the file first recovers it.
        if (crash.seed % 2 == 0) examine_by_plain_sqlite(acknowledged);
        examine_by_tidemark(acknowledged);
    } catch (const std::exception& error) {
        return std::string(error.what()) + "\nthe last operations before the crash:\n" + trace;
    }
    return {};
}

/// A second crash, while what the first one left is being opened.
void Harness::interrupt_recovery(FaultVfs& vfs, const Crash& crash) const {
    vfs.set({.at = 1 + crash.seed / 4 % 16, .of = what_changes_files});
    try {
        Player player(*this, one_attempt);
        player.open();
        player.close();
    } catch (const Error& error) {
        if (!vfs.is_stopped()) throw Finding(std::string("opened again: ") + error.what());
    }
    if (crash.power_loss) {
        vfs.restore_after_power_loss(crash.seed + 1);
    } else {
        vfs.restore_after_stop();
    }
}

void Harness::examine(std::uint64_t content, std::optional<std::uint64_t> mark,
                      std::uint64_t acknowledged) const {
    const auto start = history_.marks.begin();
    const auto known = mark ? history_.marks.find(*mark) : start;
    const std::string says = mark ? "mark " + std::to_string(*mark) : "no mark";
    if (known == history_.marks.end()) throw Finding("it has " + says + ", which was never there");
    if (known->second != content) {
        const bool committed = history_.has_boundary(content);
        throw Finding(
            "it has " + says + " and " +
            (committed ? "the content of another mark" : "content that was never committed"));
    }
    if (known->first < acknowledged) {
        throw Finding("it has " + says + ", but a flush up to " + std::to_string(acknowledged) +
                      " was acknowledged");
    }
}

void Harness::examine_by_plain_sqlite(std::uint64_t acknowledged) const {
    const Plain disk(path());
    if (const std::string problems = integrity(disk); problems != "ok") {
        throw Finding("integrity_check: " + problems);
    }
    examine(fingerprint(disk), mark_on_disk(disk), acknowledged);
}

void Harness::examine_by_tidemark(std::uint64_t acknowledged) const {
    Player player(*this, std::chrono::seconds{30});
    player.options().load_check = LoadCheck::full;
    player.open();
    examine(player.content(), player.database().status().mark, acknowledged);
    exec(player.database().handle(), one_more_transaction());
    player.flush();
    if (const auto same = same_on_disk(player.database().handle(), path()); !same) {
        throw Finding(std::string("going on: ") + same.message());
    }
    player.close();
    if (const std::string problems = integrity(Plain(path())); problems != "ok") {
        throw Finding("closed again, integrity_check: " + problems);
    }
}

// ---- errors -----------------------------------------------------------------------------------

std::string Harness::fail(const Fault& fault) {
    write_start();
    FaultVfs vfs(case_.device, seed_of_this_run());
    vfs.set(fault);
    constexpr int attempts_max = 20;
    try {
        Player player(*this, std::chrono::seconds{30});
        const auto try_again = [&](const auto& step) {
            for (int attempt = 1;; ++attempt) {
                try {
                    return step();
                } catch (const Error& error) {
                    if (attempt < attempts_max && vfs.has_struck()) continue;
                    throw Finding(std::string("it does not recover: ") + error.what());
                }
            }
        };
        const auto expect_all_on_disk = [&] {
            if (content_on_disk(path()) == history_.boundaries.at(player.transactions())) return;
            throw Finding("after " + std::to_string(player.transactions()) +
                          " transactions and a flush the disk is something else");
        };
        try_again([&] { player.open(); });
        for (const WorkloadStep& step : case_.workload) {
            if (step.kind == WorkloadStep::Kind::reopen) {
                try_again([&] { player.close(); });
                expect_all_on_disk();
                try_again([&] { player.open(); });
            } else {
                try_again([&] { player.run(step); });
            }
            if (step.kind == WorkloadStep::Kind::flush) expect_all_on_disk();
        }
        try_again([&] { player.close(); });
        expect_all_on_disk();
        if (player.whole_copies() != history_.whole_copies) {
            throw Finding("it has cost " + std::to_string(player.whole_copies()) +
                          " copies of the whole database instead of " +
                          std::to_string(history_.whole_copies));
        }
        const FaultVfs::Bystander bystander;
        if (const std::string problems = integrity(Plain(path())); problems != "ok") {
            throw Finding("integrity_check: " + problems);
        }
    } catch (const std::exception& error) {
        return with_trace(error.what(), vfs);
    }
    return {};
}

std::string Harness::fail_until_noticed(Fault fault) {
    write_start();
    FaultVfs vfs(case_.device, seed_of_this_run());
    fault.times = Fault::for_ever;
    try {
        const auto observer = std::make_shared<RecordingObserver>();
        Player player(*this, one_attempt);
        player.options().observer = observer;
        player.open();
        vfs.set(fault);
        bool has_failed = false;
        for (const WorkloadStep& step : case_.workload) {
            try {
                if (step.kind != WorkloadStep::Kind::reopen) player.run(step);
            } catch (const Error& error) {
                if (!vfs.has_struck() || !error.retryable()) throw;
                has_failed = true;
            }
        }
        const auto has_heard = [&](const auto& condition) {
            // SQLite keeps to itself that a checkpoint has failed: it is tried again.
            return !has_failed || observer->wait_until(condition);
        };
        if (!has_heard([](const Heard& heard) { return !heard.failures.empty(); })) {
            throw Finding("the observer has not heard of the failure");
        }
        vfs.clear();
        if (!has_heard([](const Heard& heard) { return heard.recoveries > 0; })) {
            throw Finding("it does not go on by itself");
        }
        player.close();
        if (content_on_disk(path()) != history_.boundaries.at(player.transactions())) {
            throw Finding("the disk is not what RAM was");
        }
    } catch (const std::exception& error) {
        vfs.clear();
        return with_trace(error.what(), vfs);
    }
    return {};
}

// ---- settings ---------------------------------------------------------------------------------

namespace {

const char* environment(const char* name) {
    return std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

std::uint32_t seed_of_this_run() {
    static const std::uint32_t seed = [] {
        const char* text = environment("TIDEMARK_FAULT_SEED");
        if (text == nullptr) return std::uint32_t{1};
        if (text == std::string("random")) return std::uint32_t{std::random_device{}() % 1'000'000};
        return static_cast<std::uint32_t>(std::stoul(text));
    }();
    return seed;
}

std::vector<std::uint64_t> choose_points(std::uint64_t count, std::uint64_t at_most) {
    if (const char* text = environment("TIDEMARK_FAULT_POINTS")) {
        at_most = text == std::string("all") ? count : std::stoull(text);
    }
    std::vector<std::uint64_t> points;
    const std::uint64_t steps = std::max<std::uint64_t>(1, std::min(count, at_most));
    for (std::uint64_t i = 0; i < steps; ++i) {
        const std::uint64_t first = 1 + i * count / steps;
        const std::uint64_t width = std::max<std::uint64_t>(1, (i + 1) * count / steps + 1 - first);
        points.push_back(first +
                         (seed_of_this_run() * std::uint64_t{2654435761} + i * 40503) % width);
    }
    return points;
}

}  // namespace tidemark::tests

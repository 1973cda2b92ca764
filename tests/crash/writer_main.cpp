// Writes until it is killed:  tidemark_crash_writer FILE TOLD STRATEGY JOURNAL CONNECTION THREADS
//                                                   MOMENT COUNT SEED
//
// Several threads share the one connection, each with transactions of its own and now and then a
// flush(). What was committed and acknowledged is told in the file TOLD (plan.hpp). Prints "now" when
// it has come to the moment in which it is to be killed, for the COUNT-th time: in which it opens the
// file, has flushed, begins to write a copy of the whole database, or closes. Prints "error ..." when
// something throws.

#include "crash/plan.hpp"
#include "crash/workload.hpp"
#include "support/sql.hpp"

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tidemark::tests {
namespace {

/// Without a buffer: what was said is said when the process is killed in the next moment.
void say(const std::string& line) {
    const std::string text = line + '\n';
    if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) {
        ::_exit(3);
    }
}

[[noreturn]] void give_up(const std::string& reason) {
    say("error " + reason);
    ::_exit(2);
}

struct Arguments {
    std::string file;
    std::string told;
    Strategy strategy = Strategy::session;
    JournalMode journal = JournalMode::wal;
    bool attached = false;
    int threads = 1;
    std::string moment;
    int count = 0;
    std::uint32_t seed = 0;
    bool history = false;
};

JournalMode journal_mode(const std::string& name) {
    for (const auto& [mode, known] :
         {std::pair(JournalMode::wal, "wal"), std::pair(JournalMode::truncate, "truncate"),
          std::pair(JournalMode::persist, "persist"), std::pair(JournalMode::remove, "remove")}) {
        if (name == known) return mode;
    }
    throw std::invalid_argument("journal mode " + name);
}

Arguments read_arguments(const std::vector<std::string>& words) {
    return {.file = words.at(0),
            .told = words.at(1),
            .strategy = words.at(2) == "session" ? Strategy::session : Strategy::trigger,
            .journal = journal_mode(words.at(3)),
            .attached = words.at(4) == "attached",
            .threads = std::stoi(words.at(5)),
            .moment = words.at(6),
            .count = std::stoi(words.at(7)),
            .seed = static_cast<std::uint32_t>(std::stoul(words.at(8))),
            .history = words.at(9) == "history"};
}

class Writer {
public:
    explicit Writer(Arguments arguments)
        : arguments_(std::move(arguments)), told_(arguments_.told) {
        if (!told_.is_mapped()) throw std::runtime_error("cannot map " + arguments_.told);
    }

    void open() {
        if (is_to_die_in(Moment::open)) say("now");
        if (arguments_.attached) {
            own_.emplace(":memory:",
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX);
            database_.emplace(Database::attach(*own_, arguments_.file, options()));
        } else {
            database_.emplace(Database::open(arguments_.file, options()));
        }
        next_ = transactions_in(database_->handle()) + 1;
    }

    void write_for_ever() {
        std::vector<std::thread> threads;
        for (int i = 0; i < arguments_.threads; ++i) {
            threads.emplace_back([this, i] { write(arguments_.seed + static_cast<unsigned>(i)); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        say("now");
        database_->close();
        told_->acknowledged = next_ - 1;
        ::_exit(0);
    }

private:
    /// Says when a copy of the whole database is about to be written.
    struct CopyWatch final : Observer {
        explicit CopyWatch(Writer& writer) : writer_(writer) {}
        void on_state(State, State to) override {
            if (to == State::applying) writer_.apply_begins();
        }
        void on_sync(const SyncReport& report) override {
            if (report.whole_copy) ++writer_.told_->whole_copies;
        }
        Writer& writer_;
    };

    [[nodiscard]] bool is_to_die_in(Moment moment) const {
        return arguments_.moment == name_of(moment);
    }

    [[nodiscard]] Options options() {
        Options options;
        options.strategy = arguments_.strategy;
        options.journal_mode = arguments_.journal;
        options.interval = std::chrono::milliseconds{2};
        options.observer = std::make_shared<CopyWatch>(*this);
        options.history.enabled = arguments_.history;
        return options;
    }

    void write(std::uint32_t seed) noexcept {
        try {
            std::minstd_rand random(seed);
            while (!enough_) {
                for (auto n = 1 + random() % 30; n > 0; --n) {
                    commit_next(random);
                }
                flush();
            }
        } catch (const std::exception& error) {
            give_up(error.what());
        }
    }

    /// A transaction belongs to the connection: its mutex keeps those of other threads out.
    void commit_next(std::minstd_rand& random) {
        sqlite3* const db = database_->handle();
        sqlite3_mutex_enter(sqlite3_db_mutex(db));
        const std::int64_t k = next_;
        if (random() % 16 == 0) roll_back_transaction(db, k);
        if (has_vacuum(k)) vacuum(db);
        if (has_vacuum(k)) vacuum_pending_ = true;
        told_->committing = k;
        run_transaction(db, k);
        next_ = k + 1;
        sqlite3_mutex_leave(sqlite3_db_mutex(db));
    }

    void flush() {
        const std::int64_t committed = next_ - 1;
        database_->flush();
        std::int64_t last = told_->acknowledged;
        while (last < committed && !told_->acknowledged.compare_exchange_weak(last, committed)) {
        }
        const std::int64_t flushes = ++told_->flushes;
        if (flushes != arguments_.count) return;
        if (is_to_die_in(Moment::write)) say("now");
        if (is_to_die_in(Moment::close)) enough_ = true;
    }

    /// On the sync thread. The copy of a VACUUM is the next batch, or the one after it.
    void apply_begins() {
        if (!vacuum_pending_.exchange(false)) return;
        if (++copies_begun_ == arguments_.count && is_to_die_in(Moment::whole_copy)) say("now");
    }

    const Arguments arguments_;
    const SharedTold told_;
    std::optional<Plain> own_;
    std::optional<Database> database_;
    /// Written with the mutex of the connection held.
    std::atomic<std::int64_t> next_{1};
    std::atomic<bool> enough_{false};
    std::atomic<bool> vacuum_pending_{false};
    int copies_begun_ = 0;
};

}  // namespace
}  // namespace tidemark::tests

int main(int argc, char** argv) {
    using namespace tidemark::tests;
    try {
        auto* const writer =
            new Writer(read_arguments(std::vector<std::string>(argv + 1, argv + argc)));
        writer->open();
        writer->write_for_ever();
    } catch (const std::exception& error) {
        give_up(error.what());
    }
}

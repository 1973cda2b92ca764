// Forks while it has a database open.  tidemark_forking SCENE FILE STRATEGY
//
// Unless it says otherwise, the parent waits for its child, says with what code it ended, goes on
// writing, and then says whether the disk is what RAM is.

#include "process/program.hpp"
#include "support/compare.hpp"

#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include <sys/wait.h>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

/// Runs a function in a child, which ends with _exit(0) if the function does not end it.
pid_t start_child(const std::function<void()>& function) {
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child > 0) return child;
    try {
        function();
    } catch (const std::exception& error) {
        say(std::string("child caught ") + error.what());
        ::_exit(92);
    }
    ::_exit(0);
}

int wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void fork_and_wait(const std::function<void()>& function) {
    const int code = wait_for(start_child(function));
    if (code != 0) say("child ended with " + std::to_string(code));
}

void go_on(Database& database, const std::string& file) {
    insert(database.handle(), 2);
    database.flush();
    const bool equal = static_cast<bool>(same_on_disk(database.handle(), file));
    say(equal && database.verify().equal() ? "equal" : "not equal");
}

/// The child gets the database as it is after row 1 was committed and not flushed.
void in_the_child(const Program& program, const std::function<void(Database&)>& function) {
    auto database = program.open();
    insert(database.handle(), 1);
    fork_and_wait([&] { function(database); });
    go_on(database, program.file);
}

void expect_refused(const char* what, const std::function<void()>& function) {
    try {
        function();
        say(std::string(what) + " was not refused");
    } catch (const Error&) {
    }
}

// ---- what a child may do with what it has inherited ----

void calls(const Program& program) {
    in_the_child(program, [](Database& database) {
        expect_refused("flush", [&] { database.flush(); });
        expect_refused("status", [&] { (void)database.status(); });
        expect_refused("verify", [&] { (void)database.verify(); });
        expect_refused("close", [&] { database.close(); });
        expect_refused("set_authorizer", [&] { database.set_authorizer(nullptr, nullptr); });
    });
}

void destructor(const Program& program) {
    in_the_child(program, [](Database& database) { const Database gone = std::move(database); });
}

void exit_in_child(const Program& program) {
    in_the_child(program, [](Database&) { std::exit(0); });
}

void quick_exit_in_child(const Program& program) {
    in_the_child(program, [](Database&) { std::quick_exit(0); });
}

void bare_exit_in_child(const Program& program) {
    in_the_child(program, [](Database&) { ::_exit(0); });
}

void exec_in_child(const Program& program) {
    in_the_child(program, [](Database&) { ::execl("/bin/true", "true", nullptr); });
}

void static_object(const Program& program) {
    static auto database = program.open();
    insert(database.handle(), 1);
    fork_and_wait([] { std::exit(0); });
    go_on(database, program.file);
}

void child_of_a_child(const Program& program) {
    in_the_child(program, [](Database&) { fork_and_wait([] { std::exit(0); }); });
}

// ---- databases of the child's own ----

void own_database(const Program& program) {
    in_the_child(program, [&](Database&) {
        const std::string file = program.file + ".child";
        auto own = Database::open(file, program.options);
        exec(own.handle(), "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
        own.flush();
        insert(own.handle(), 2);
        if (!own.verify().equal()) say("the child's differs");
        own.close();
    });
}

void own_database_left_to_exit(const Program& program) {
    in_the_child(program, [&](Database&) {
        const auto own = Database::open(program.file + ".child", program.options);
        exec(own.handle(), "CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)");
        std::exit(0);
    });
}

void the_same_file(const Program& program) {
    in_the_child(program, [&](Database&) {
        try {
            (void)program.open();
            say("was opened");
        } catch (const Error& error) {
            say(error.reason());
        }
    });
}

/// As a daemon does it.
void opened_after_the_fork(const Program& program) {
    program.open().close();
    fork_and_wait([&] {
        auto database = program.open();
        go_on(database, program.file);
    });
}

// ---- the lock ----

/// The child goes on until the input ends; the test kills the parent.
void child_that_lives_on(const Program& program) {
    const auto database = program.open();
    start_child([] {
        say("child");
        wait_for_end_of_input();
    });
    for (;;) ::pause();
}

/// Says "forked" when the child has ended; keeps the file until the input ends.
void lock_after_a_child(const Program& program) {
    const auto database = program.open();
    fork_and_wait([] { std::exit(0); });
    say("forked");
    wait_for_end_of_input();
}

// ---- fork() at the worst moment ----

/// The sync thread waits for a lock on the disk while the process forks.
void within_an_apply(const Program& program) {
    struct Watch final : Observer {
        void on_state(State, State to) override { applying = applying || to == State::applying; }
        std::atomic<bool> applying{false};
    };
    const auto watch = std::make_shared<Watch>();
    Options options = program.options;
    options.observer = watch;
    options.busy_timeout = 60s;
    auto database = Database::open(program.file, options);
    insert(database.handle(), 1);
    const Plain foreigner(program.file);
    exec(foreigner, "BEGIN IMMEDIATE");
    std::thread flusher([&] { database.flush(60s); });
    while (!watch->applying) std::this_thread::yield();
    fork_and_wait([&] { const Database gone = std::move(database); });
    fork_and_wait([] { std::exit(0); });
    exec(foreigner, "ROLLBACK");
    flusher.join();
    go_on(database, program.file);
}

/// Another thread holds the mutex of the RAM connection.
void while_ram_is_locked(const Program& program) {
    auto database = program.open();
    insert(database.handle(), 1);
    std::atomic<int> step{0};
    std::thread holder([&] {
        sqlite3_mutex* const mutex = ::sqlite3_db_mutex(database.handle());
        ::sqlite3_mutex_enter(mutex);
        step = 1;
        while (step != 2) std::this_thread::yield();
        ::sqlite3_mutex_leave(mutex);
    });
    while (step != 1) std::this_thread::yield();
    fork_and_wait([&] { const Database gone = std::move(database); });
    fork_and_wait([] { std::exit(0); });
    step = 2;
    holder.join();
    go_on(database, program.file);
}

/// Wherever its threads are.
void while_busy(const Program& program) {
    Options options = program.options;
    options.interval = 0ms;
    auto database = Database::open(program.file, options);
    std::atomic<bool> writing{true};
    std::thread writer([&] {
        while (writing) insert(database.handle(), 1);
    });
    std::thread flusher([&] {
        while (writing) database.flush();
    });
    std::thread opener([&] {
        while (writing) Database::open(program.file + ".other", program.options).close();
    });
    for (int i = 0; i < 40; ++i) {
        fork_and_wait([&] { const Database gone = std::move(database); });
        fork_and_wait([] { std::exit(0); });
    }
    writing = false;
    writer.join();
    flusher.join();
    opener.join();
    go_on(database, program.file);
}

const Scenes scenes{
    {"calls", calls},
    {"destructor", destructor},
    {"exit", exit_in_child},
    {"quick_exit", quick_exit_in_child},
    {"bare_exit", bare_exit_in_child},
    {"exec", exec_in_child},
    {"static_object", static_object},
    {"child_of_a_child", child_of_a_child},
    {"own_database", own_database},
    {"own_database_left_to_exit", own_database_left_to_exit},
    {"the_same_file", the_same_file},
    {"opened_after_the_fork", opened_after_the_fork},
    {"child_that_lives_on", child_that_lives_on},
    {"lock_after_a_child", lock_after_a_child},
    {"within_an_apply", within_an_apply},
    {"while_ram_is_locked", while_ram_is_locked},
    {"while_busy", while_busy},
};

}  // namespace
}  // namespace tidemark::tests

int main(int argc, char** argv) {
    return tidemark::tests::play(tidemark::tests::scenes, argc, argv);
}

// Ends in every way in which a program can end while it has a database open.
// tidemark_leaving SCENE FILE STRATEGY

#include "process/program.hpp"

#include <dlfcn.h>
#include <sqlite3.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include <pthread.h>

namespace tidemark::tests {
namespace {

using namespace std::chrono_literals;

// ---- objects that outlive main ----

/// Older than the first database, so that it is destroyed after the exit handler has run.
std::optional<Database> global;

/// Destroyed before `global`, and after the exit handler.
struct LastWords {
    ~LastWords() {
        if (!wanted) return;
        insert(global->handle(), 2);
        exec(global->handle(), "CREATE TABLE u(id INTEGER PRIMARY KEY AUTOINCREMENT)");
    }
    bool wanted = false;
};
LastWords last_words;

// ---- ordinary ends ----

void return_from_main(const Program& program) {
    const auto database = program.open();
    insert(database.handle(), 1);
}

void exception_that_is_caught(const Program& program) {
    const auto database = program.open();
    insert(database.handle(), 1);
    throw std::runtime_error("something else went wrong");
}

void exit_in_a_function(const Program& program) {
    const auto database = program.open();
    insert(database.handle(), 1);
    std::exit(0);
}

void quick_exit(const Program& program) {
    const auto database = program.open();
    insert(database.handle(), 1);
    std::quick_exit(0);
}

void leaked(const Program& program) {
    const auto* const database = new Database(program.open());
    insert(database->handle(), 1);
}

void local_static(const Program& program) {
    static const auto database = program.open();
    insert(database.handle(), 1);
}

void global_written_to_by_a_destructor(const Program& program) {
    global.emplace(program.open());
    insert(global->handle(), 1);
    last_words.wanted = true;
}

void global_closed_by_itself(const Program& program) {
    global.emplace(program.open());
    insert(global->handle(), 1);
    global->close();
}

void moved(const Program& program) {
    auto first = program.open();
    static std::unique_ptr<Database> second;
    second = std::make_unique<Database>(std::move(first));
    insert(second->handle(), 1);
    std::exit(0);
}

void two_databases(const Program& program) {
    const auto first = program.open();
    const auto second = Database::open(program.file + ".second", program.options);
    insert(first.handle(), 1);
    exec(second.handle(), "CREATE TABLE t(a); INSERT INTO t VALUES(2)");
    std::exit(0);
}

void attached(const Program& program) {
    static const Plain connection;
    const auto* const database =
        new Database(Database::attach(connection, program.file, program.options));
    insert(database->handle(), 1);
    std::exit(0);
}

void end_of_the_main_thread(const Program& program) {
    const auto database = program.open();
    insert(database.handle(), 1);
    ::pthread_exit(nullptr);
}

// ---- ends without a last word: 1 is flushed, 2 is not ----

void write_1_and_2(const Program& program) {
    global.emplace(program.open());
    insert(global->handle(), 1);
    global->flush();
    insert(global->handle(), 2);
}

void exception_that_nobody_catches(const Program& program) {
    write_1_and_2(program);
    std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
}

void bare_exit(const Program& program) {
    write_1_and_2(program);
    ::_exit(0);
}

void sigterm(const Program& program) {
    write_1_and_2(program);
    std::raise(SIGTERM);
}

// ---- exit() at the worst moment ----

void within_a_transaction(const Program& program) {
    const auto database = program.open();
    insert(database.handle(), 1);
    exec(database.handle(), "BEGIN; INSERT INTO t VALUES(2)");
    std::exit(0);
}

/// What was half of a transaction must not be taken for a whole one later.
void half_a_transaction_goes_on(const Program& program) {
    global.emplace(program.open());
    insert(global->handle(), 1);
    exec(global->handle(), "BEGIN; INSERT INTO t VALUES(-1)");
    last_words.wanted = true;  // the other half, after the exit handler has rolled the first back
}

void within_a_transaction_of_an_attached_connection(const Program& program) {
    static const Plain connection;
    const auto database = Database::attach(connection, program.file, program.options);
    insert(connection, 1);
    exec(connection, "BEGIN; INSERT INTO t VALUES(2)");
    std::exit(0);
}

void within_a_query(const Program& program) {
    const auto database = program.open();
    exec(database.handle(), "INSERT INTO t VALUES(1), (2)");
    const Statement select(database.handle(), "SELECT a FROM t");
    ::sqlite3_step(select.get());
    std::exit(0);
}

void within_a_function_of_sql(const Program& program) {
    auto database = program.open();
    insert(database.handle(), 1);
    database.flush();
    insert(database.handle(), 2);
    const auto exit = [](sqlite3_context*, int, sqlite3_value**) { std::exit(0); };
    ::sqlite3_create_function_v2(database.handle(), "leave", 0, SQLITE_UTF8, nullptr, exit, nullptr,
                                 nullptr, nullptr);
    exec(database.handle(), "SELECT leave()");
}

/// Leaves when the first batch is on disk, on the sync thread.
struct Leaver final : Observer {
    void on_sync(const SyncReport& report) override {
        if (report.changes > 0) std::exit(0);
    }
};

void within_an_observer(const Program& program) {
    Options options = program.options;
    options.observer = std::make_shared<Leaver>();
    auto database = Database::open(program.file, options);
    insert(database.handle(), 1);
    database.flush();
    wait_for_end_of_input();
}

/// Is true until static objects that are younger than the database are destroyed.
std::atomic<bool> younger_objects_live{true};

/// Needs such an object, as an observer does that writes to a log.
struct Mourner final : Observer {
    struct Static {
        ~Static() { younger_objects_live = false; }
    };
    static void need_it() {
        static const Static younger;
        if (!younger_objects_live) ::_exit(91);
    }
    void on_sync(const SyncReport&) override { need_it(); }
    void on_state(State, State) override { need_it(); }
    void on_failure(const Error&, std::uint64_t) override { need_it(); }
};

void with_an_observer_of_dead_objects(const Program& program) {
    Options options = program.options;
    options.observer = std::make_shared<Mourner>();
    const auto database = Database::open(program.file, options);
    Mourner::need_it();
    insert(database.handle(), 1);
    std::exit(0);
}

void while_others_write(const Program& program) {
    const auto database = program.open();
    std::atomic<int> committed{0};
    const auto write = [&](int who) {
        for (int n = 1;; ++n) {
            sqlite3_mutex* const mutex = ::sqlite3_db_mutex(database.handle());
            ::sqlite3_mutex_enter(mutex);
            exec(database.handle(), "BEGIN");
            insert(database.handle(), who * 1'000'000 + n);
            insert(database.handle(), -who * 1'000'000 - n);
            exec(database.handle(), "COMMIT");
            ::sqlite3_mutex_leave(mutex);
            ++committed;
        }
    };
    const std::thread first(write, 1);
    const std::thread second(write, 2);
    while (committed < 1000) std::this_thread::yield();
    say(std::to_string(committed));
    std::exit(0);
}

void while_others_flush(const Program& program) {
    auto database = program.open();
    std::atomic<int> flushed{0};
    const std::thread other([&] {
        for (;; ++flushed) {
            insert(database.handle(), 1);
            database.flush();
        }
    });
    while (flushed < 5) std::this_thread::yield();
    std::exit(0);
}

/// Says that the last flush of close() has come to the disk.
struct Announcer final : Observer {
    void on_state(State, State to) override { applying = applying || to == State::applying; }
    std::atomic<bool> applying{false};
};

/// The file is locked until the test ends the input.
void while_another_thread_closes(const Program& program) {
    const auto announcer = std::make_shared<Announcer>();
    Options options = program.options;
    options.observer = announcer;
    static auto* const database = new Database(Database::open(program.file, options));
    insert(database->handle(), 1);
    const Plain& foreigner = *new Plain(program.file);
    exec(foreigner, "BEGIN IMMEDIATE");
    const std::thread closer([] { database->close(); });
    while (!announcer->applying) std::this_thread::yield();
    const std::thread unlocker([&foreigner] {
        wait_for_end_of_input();
        exec(foreigner, "ROLLBACK");
    });
    say("closing, and leaving");
    std::exit(0);
}

void while_the_disk_is_locked(const Program& program) {
    Options options = program.options;
    options.busy_timeout = 20ms;
    options.close_deadline = 300ms;
    const auto database = Database::open(program.file, options);
    insert(database.handle(), 1);
    say("open");
    wait_for_end_of_input();
    std::exit(0);
}

void after_sqlite_was_shut_down(const Program& program) {
    static const auto* const database = new Database(program.open());
    insert(database->handle(), 1);
    std::atexit([] { ::sqlite3_shutdown(); });
    std::exit(0);
}

/// In a library that is unloaded before the program ends, while its threads and hooks are in use.
void unloaded(const Program& program) {
    void* const library = ::dlopen(TIDEMARK_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(::dlerror());
    using Keep = sqlite3*(const char* file, bool session);
    const auto keep = reinterpret_cast<Keep*>(::dlsym(library, "plugin_keep"));
    sqlite3* const kept = keep(program.file.c_str(), program.options.strategy == Strategy::session);
    ::dlclose(library);
    insert(kept, 2);
}

const Scenes scenes{
    {"return_from_main", return_from_main},
    {"exception_that_is_caught", exception_that_is_caught},
    {"exit_in_a_function", exit_in_a_function},
    {"quick_exit", quick_exit},
    {"leaked", leaked},
    {"local_static", local_static},
    {"global_written_to_by_a_destructor", global_written_to_by_a_destructor},
    {"global_closed_by_itself", global_closed_by_itself},
    {"moved", moved},
    {"two_databases", two_databases},
    {"attached", attached},
    {"end_of_the_main_thread", end_of_the_main_thread},
    {"exception_that_nobody_catches", exception_that_nobody_catches},
    {"bare_exit", bare_exit},
    {"sigterm", sigterm},
    {"within_a_transaction", within_a_transaction},
    {"half_a_transaction_goes_on", half_a_transaction_goes_on},
    {"within_a_transaction_of_an_attached_connection",
     within_a_transaction_of_an_attached_connection},
    {"within_a_query", within_a_query},
    {"within_a_function_of_sql", within_a_function_of_sql},
    {"within_an_observer", within_an_observer},
    {"with_an_observer_of_dead_objects", with_an_observer_of_dead_objects},
    {"while_others_write", while_others_write},
    {"while_others_flush", while_others_flush},
    {"while_another_thread_closes", while_another_thread_closes},
    {"while_the_disk_is_locked", while_the_disk_is_locked},
    {"after_sqlite_was_shut_down", after_sqlite_was_shut_down},
    {"unloaded", unloaded},
};

}  // namespace
}  // namespace tidemark::tests

int main(int argc, char** argv) {
    return tidemark::tests::play(tidemark::tests::scenes, argc, argv);
}

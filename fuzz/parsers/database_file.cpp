// A whole database file. However it is damaged: it is opened, loaded, changed, flushed and closed, or
// there is an Error that names the file; and what is refused is untouched.

#include "parsers/input.hpp"

#include <tidemark/tidemark.hpp>

#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <string>

#include <unistd.h>

namespace tidemark::fuzz {
namespace {

std::string scratch_file() {
    const char* folder = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    return std::string(folder) + "/tidemark-fuzz-" + std::to_string(::getpid()) + ".db";
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Scratch {
    std::string path = scratch_file();

    explicit Scratch(std::string_view content) {
        remove();
        std::ofstream(path, std::ios::binary) << content;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { remove(); }
    void remove() const {
        for (const char* suffix : {"", "-wal", "-shm", "-journal", "-tidemark"}) {
            ::unlink((path + suffix).c_str());
        }
    }
};

// Damage can send SQLite around in circles for a long time.
void limit_time(sqlite3* connection) {
    sqlite3_progress_handler(
        connection, 100'000, [](void*) { return 1; }, nullptr);
}

void check_error(const Error& error, const std::string& path) {
    require(!error.reason().empty(), "the error says why");
    require(std::string_view(error.what()).find(path) != std::string_view::npos,
            "the error names the file");
}

void look(const std::string& path) {
    try {
        const FileReport report = inspect(path, LoadCheck::quick);
        require(report.strategy.size() <= 64 && report.writer_version.size() <= 64, "short texts");
    } catch (const Error& error) {
        check_error(error, path);
    }
}

void keep(const std::string& path, const Options& options) {
    auto database = Database::open(path, options);
    limit_time(database.handle());
    sqlite3_exec(database.handle(),
                 "CREATE TABLE made(a); INSERT INTO made VALUES(1); DELETE FROM t WHERE id = 2",
                 nullptr, nullptr, nullptr);
    try {
        database.flush();
        database.close();
    } catch (const Error& error) {
        require(!error.reason().empty(), "the error says why");
    }
}

void run(const std::uint8_t* data, std::size_t size) {
    const std::string_view content = as_text(data, size);
    const Scratch scratch(content);
    Options options;
    options.strategy = size % 2 == 0 ? Strategy::session : Strategy::trigger;
    options.load_check = size % 3 == 0 ? LoadCheck::full : LoadCheck::quick;
    options.synchronous = Synchronous::off;
    options.interval = std::chrono::hours{1};
    options.retry_pause_first = options.retry_pause_max = std::chrono::milliseconds{1};
    options.close_deadline = std::chrono::milliseconds{200};
    options.prepare_disk_connection = limit_time;
    look(scratch.path);
    require(read_file(scratch.path) == content, "looking changes nothing");
    try {
        keep(scratch.path, options);
    } catch (const Error& error) {
        check_error(error, scratch.path);
        require(read_file(scratch.path) == content, "what is refused is untouched");
    }
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 20'000) return -1;
    tidemark::fuzz::run(data, size);
    return 0;
}

#include "demo/connection.hpp"
#include "demo/demo.hpp"

#include <tidemark/tidemark.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace cli::demo {
namespace {

constexpr std::int64_t transactions_per_flush = 1000;

void write_all(int descriptor, const void* data, std::size_t size) {
    if (write(descriptor, data, size) != static_cast<ssize_t>(size)) {
        throw std::runtime_error{"the demo's writer cannot report what it did"};
    }
}

int open_progress(const std::string& path) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): there is no other open()
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        throw std::runtime_error{"cannot write " + path};
    }
    return descriptor;
}

}  // namespace

void write_until_killed(const std::string& path, tidemark::Strategy strategy,
                        const std::string& progress_path) {
    const int progress = open_progress(progress_path);
    tidemark::Options options;
    options.strategy = strategy;
    options.interval = std::chrono::milliseconds{5};  // so that the kill meets a sync
    auto database = tidemark::Database::open(path, options);
    sqlite3* ram = database.handle();
    Statement begin{ram, "BEGIN"};
    Statement insert{ram, "INSERT INTO journal VALUES (?, 'row ' || ?)"};
    Statement update{ram, "UPDATE counter SET value = ?"};
    Statement commit{ram, "COMMIT"};

    for (std::int64_t number = 1;; ++number) {
        begin({});
        insert({number, number});
        update({number});
        commit({});
        if (pwrite(progress, &number, sizeof number, 0) != sizeof number) {
            throw std::runtime_error{"cannot write " + progress_path};
        }
        if (number % transactions_per_flush == 0) {
            database.flush();
            const auto line = fmt::format("{}\n", number);
            write_all(STDOUT_FILENO, line.data(), line.size());
        }
    }
}

}  // namespace cli::demo

#include "measure.hpp"
#include "scratch_folder.hpp"

#include <tidemark/tidemark.hpp>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;
constexpr std::size_t row_bytes = 1000;

/// A database of some size, made when it is first asked for, and used by all contenders in turn.
class SharedFile {
public:
    SharedFile(std::string folder, std::uint64_t bytes)
        : folder_(std::move(folder)), rows_(bytes / row_bytes) {}

    const std::string& path() {
        if (!scratch_) {
            scratch_.emplace(folder_);
            path_ = scratch_->path() + "/big.db";
            fill();
        }
        return path_;
    }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    /// A value that no row has ever had: an update to the old value would be none.
    [[nodiscard]] std::int64_t new_value() { return ++last_value_; }

private:
    void fill() {
        const Connection db = open_connection(path_);
        execute(db.get(),
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                "CREATE TABLE big(id INTEGER PRIMARY KEY, views INTEGER, body TEXT);"
                "BEGIN");
        const std::string body(row_bytes - 40, 'b');
        {
            Statement insert{db.get(), "INSERT INTO big VALUES(?1, 0, ?2)"};
            for (std::uint64_t i = 0; i < rows_; ++i) {
                insert.bind(1, static_cast<std::int64_t>(i + 1));
                insert.bind(2, std::string_view{body});
                insert.run();
            }
        }
        execute(db.get(), "COMMIT; PRAGMA journal_mode=WAL");
    }

    const std::string folder_;
    const std::uint64_t rows_;
    std::int64_t last_value_ = 0;
    std::string path_;
    std::optional<ScratchFolder> scratch_;
};

using SharedFilePointer = std::shared_ptr<SharedFile>;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {
        if (number < 0) throw std::system_error(errno, std::generic_category(), "open");
    }
    ~Descriptor() { ::close(number_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

/// Into an unnamed file of a tmpfs.
void copy_to_tmpfs(const std::string& path) {
    const Descriptor from{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    const Descriptor to{::memfd_create("copy", MFD_CLOEXEC)};
    std::vector<char> buffer(megabyte);
    while (true) {
        const ssize_t size = ::read(from.number(), buffer.data(), buffer.size());
        if (size == 0) {
            return;
        }
        if (size < 0 ||
            ::write(to.number(), buffer.data(), static_cast<std::size_t>(size)) != size) {
            throw std::system_error(errno, std::generic_category(), "copy to tmpfs");
        }
    }
}

void load_by_tidemark(const std::string& contender, const std::string& path,
                      tidemark::LoadCheck check, Clock::time_point& loaded) {
    tidemark::Options options;
    options.strategy =
        contender == "tidemark_trigger" ? tidemark::Strategy::trigger : tidemark::Strategy::session;
    options.load_check = check;
    auto db = tidemark::Database::open(path, options);
    loaded = Clock::now();
    db.close();
}

double load_time(const std::string& contender, const std::string& path, tidemark::LoadCheck check) {
    const auto begin = Clock::now();
    Clock::time_point loaded;
    if (contender == "copy to tmpfs") {
        copy_to_tmpfs(path);
        loaded = Clock::now();
    } else if (contender == "sqlite3_backup") {
        const Connection ram = open_connection(":memory:");
        copy_database(open_connection(path).get(), ram.get());
        loaded = Clock::now();
    } else {
        load_by_tidemark(contender, path, check, loaded);
    }
    return as<std::milli>(loaded - begin);
}

void add_load(Experiments& all, const SharedFilePointer& file, tidemark::LoadCheck check,
              const std::string& suffix) {
    const std::uint64_t megabytes = file->rows() * row_bytes / megabyte;
    all.push_back(
        {.measures = {{.name = "load of a file" + suffix,
                       .group = "load",
                       .unit = "ms",
                       .base = "copy to tmpfs",
                       .note = fmt::format(
                           "{} MB, in the system's page cache. What tidemark "
                           "does to check the file, is in it{}.",
                           megabytes,
                           suffix.empty() ? " (quick_check)" : " no more (LoadCheck::none)")}},
         .contenders = {"copy to tmpfs", "sqlite3_backup", "tidemark_trigger", "tidemark_session"},
         .run = [=](const std::string& contender, const Place& /*place*/) {
             return std::vector{Sample{load_time(contender, file->path(), check)}};
         }});
}

// The disk takes longer for one sync than for the next: many of them, unless each takes long.
constexpr std::size_t syncs_min = 4;
constexpr std::size_t syncs_max = 25;
constexpr std::chrono::seconds patience{1};

/// The median of some syncs of ten updated rows, in milliseconds.
double sync_time(const std::string& name, SharedFile& file, const Input& input) {
    Opened contender{name, file.path(), Interval{0}};
    std::vector<double> times;
    {
        Statement update{contender->connection(), "UPDATE big SET views = ?1 WHERE id = ?2"};
        std::uint64_t next = 0;
        const auto end_of_patience = Clock::now() + patience;
        while (times.size() < syncs_min ||
               (times.size() < syncs_max && Clock::now() < end_of_patience)) {
            for (const std::uint64_t end = next + 10; next < end; ++next) {
                update.bind(1, file.new_value());
                update.bind(2, static_cast<std::int64_t>(input.number(next, file.rows()) + 1));
                update.run();
            }
            const auto begin = Clock::now();
            contender->sync();
            times.push_back(as<std::milli>(Clock::now() - begin));
        }
    }
    contender->close();
    times.erase(times.begin());  // prepares what the others use
    return percentiles_of(times).p50;
}

void add_size(Experiments& all, const SharedFilePointer& small, const SharedFilePointer& large) {
    all.push_back({.measures = {{.name = "sync of 10 changes, large over small database",
                                 .group = "size",
                                 .unit = "ms",
                                 .base = "the same contender, small database",
                                 .note = fmt::format("{} MB over {} MB.",
                                                     large->rows() * row_bytes / megabyte,
                                                     small->rows() * row_bytes / megabyte)}},
                   .contenders = {"recipe_trigger", "recipe_session", "backup", "tidemark_trigger",
                                  "tidemark_session"},
                   .run = [=](const std::string& contender, const Place& place) {
                       const double of_small = sync_time(contender, *small, place.input);
                       const double of_large = sync_time(contender, *large, place.input);
                       return std::vector{Sample{.value = of_large, .own_base = of_small}};
                   }});
}

}  // namespace

void add_big_files(Experiments& all, const Settings& settings) {
    const std::uint64_t megabytes = settings.tiny ? 3 : settings.large ? 1000 : 100;
    const auto small = std::make_shared<SharedFile>(settings.folder, megabyte);
    const auto large = std::make_shared<SharedFile>(settings.folder, megabytes * megabyte);
    add_load(all, large, tidemark::LoadCheck::quick, "");
    add_load(all, large, tidemark::LoadCheck::none, ", unchecked");
    add_size(all, small, large);
}

}  // namespace bench

#include "counting_vfs.hpp"
#include "measure.hpp"

#include <algorithm>
#include <filesystem>

namespace bench {
namespace {

struct Written {
    double bytes_per_row = 0;
    double file_bytes_per_row = 0;
};

/// All that is written from the first row until the file is closed.
Written run(const std::string& name, const Workload& workload, std::uint64_t rows,
            std::uint64_t rows_before, const Place& place) {
    make_file(place.file(), workload, rows_before);
    const std::uint64_t count = std::max<std::uint64_t>(rows / slowness(name), 10);
    const WriteCount written;
    Opened contender{name, place.file(), Interval{5000}};
    const std::uint64_t before = written.bytes();
    {
        Writer writer{*contender, workload, place.input, rows_before};
        while (writer.rows_written() < count) {
            writer.write();
        }
    }
    contender->sync();
    contender->close();
    const auto size = static_cast<double>(std::filesystem::file_size(place.file()));
    return {
        .bytes_per_row = static_cast<double>(written.bytes() - before) / static_cast<double>(count),
        .file_bytes_per_row = size / static_cast<double>(count)};
}

const std::vector<std::string> writing{"wal_full",        "wal_normal", "recipe_trigger",
                                       "recipe_session",  "backup",     "tidemark_trigger",
                                       "tidemark_session"};

constexpr const char* note =
    "What SQLite hands to the operating system, for database and WAL, until the file is closed; "
    "interval 5 s, and a sync at the end. Slow contenders write fewer rows.";

}  // namespace

void add_medium(Experiments& all, const Settings& settings) {
    const std::uint64_t updates = settings.tiny ? 3'000 : 1'000'000;
    const std::uint64_t rows = settings.tiny ? 100 : 10'000;
    all.push_back({.measures = {{.name = "bytes written, " + with_commas(updates) + " updates of " +
                                         with_commas(rows) + " rows",
                                 .group = "medium",
                                 .unit = "bytes/row",
                                 .base = "wal_normal",
                                 .note = note}},
                   .contenders = writing,
                   .run = [=](const std::string& contender, const Place& place) {
                       const Written written =
                           run(contender, workload("autocommit update"), updates, rows, place);
                       return std::vector{Sample{written.bytes_per_row}};
                   }});
    all.push_back(
        {.measures = {{.name = "bytes written, autocommit inserts",
                       .group = "medium",
                       .unit = "bytes/row",
                       .base = "wal_normal",
                       .note = note},
                      {.name = "size of the file, autocommit inserts",
                       .group = "medium",
                       .unit = "bytes/row",
                       .base = "wal_normal",
                       .note = "After closing. Slow contenders write fewer rows, so that "
                               "the file's first pages count more."}},
         .contenders = writing,
         .run = [](const std::string& contender, const Place& place) {
             const Written written =
                 run(contender, workload("autocommit insert"), place.settings.rows, 0, place);
             return std::vector{Sample{written.bytes_per_row}, Sample{written.file_bytes_per_row}};
         }});
}

}  // namespace bench

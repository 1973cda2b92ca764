#include "measure.hpp"

#include <algorithm>
#include <thread>

namespace bench {
namespace {

/// What a number of inserts occupy while they wait for a sync, in bytes each.
struct Footprint {
    double memory = 0;
    double database = 0;
    /// `memory` is that of the changes alone, without that of the rows.
    bool is_own = false;
};

/// A sum over the connection, or over the process when the contender has no count of its own.
double used(const Contender& contender) {
    const std::optional<std::uint64_t> own = contender.pending_bytes();
    return own ? static_cast<double>(*own) : static_cast<double>(sqlite3_memory_used());
}

double database_bytes(sqlite3* db) {
    return static_cast<double>(query_integer(db, "PRAGMA page_count") *
                               query_integer(db, "PRAGMA page_size"));
}

Footprint footprint(const std::string& name, const Place& place) {
    const Workload& insert = workload("autocommit insert");
    const std::string path = place.folder + "/" + name + ".db";
    make_file(path, insert, 0);
    Opened contender{name, path, Interval{0}};
    const double before = used(*contender);
    {
        Writer writer{*contender, insert, place.input, 0};
        while (writer.rows_written() < place.settings.rows) {
            writer.write();
        }
    }
    // What a session holds is looked at now and then only.
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    const auto rows = static_cast<double>(place.settings.rows);
    const Footprint result{.memory = (used(*contender) - before) / rows,
                           .database = database_bytes(contender->connection()) / rows,
                           .is_own = contender->pending_bytes().has_value()};
    contender->close();
    return result;
}

/// As SQLite stores an integer.
int stored_bytes(std::uint64_t number) {
    if (number < 2) return 0;
    if (number < 1ULL << 7U) return 1;
    if (number < 1ULL << 15U) return 2;
    if (number < 1ULL << 23U) return 3;
    return 4;
}

double payload(const Place& place) {
    double total = 0;
    for (std::uint64_t i = 0; i < place.settings.rows; ++i) {
        total += stored_bytes(i + 1) + 22 + stored_bytes(place.input.number(i, 1000));
    }
    return total / static_cast<double>(place.settings.rows);
}

std::vector<Sample> over_payload(const std::string& contender, const Place& place) {
    const Footprint bare = footprint("memory", place);
    const Footprint all = footprint(contender, place);
    const double pending = all.is_own ? all.memory : all.memory - bare.memory;
    return {{.value = pending - payload(place)},
            {.value = std::max(0.0, all.database - bare.database)}};
}

}  // namespace

void add_memory(Experiments& all, const Settings& /*settings*/) {
    all.push_back(
        {.measures = {{.name = "memory per pending insert",
                       .group = "memory",
                       .unit = "bytes",
                       .base = "recipe_session",
                       .note = "Beyond the values themselves, in the size at which SQLite stores "
                               "them. Of tidemark what Status::pending_bytes says, of the session "
                               "what its API says, of the queue what SQLite's allocator gave."},
                      {.name = "storage in the RAM database per pending insert",
                       .group = "memory",
                       .unit = "bytes",
                       .base = "recipe_trigger",
                       .note = "Pages that the database has and a bare one has not."}},
         .contenders = {"recipe_trigger", "recipe_session", "tidemark_trigger", "tidemark_session"},
         .run = over_payload});
    all.push_back({.measures = {{.name = "memory per pending insert, against the session API",
                                 .group = "memory",
                                 .unit = "bytes",
                                 .base = "recipe_session",
                                 .note = "The same with the values."}},
                   .contenders = {"recipe_session", "tidemark_session"},
                   .run = [](const std::string& contender, const Place& place) {
                       return std::vector{Sample{footprint(contender, place).memory}};
                   }});
}

}  // namespace bench

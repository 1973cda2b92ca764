#include "demo/connection.hpp"
#include "demo/demo.hpp"
#include "units.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

namespace cli::demo {
namespace {

using Clock = std::chrono::steady_clock;

// One JSON file, and the table it becomes. The first column is the key.
struct Source {
    const char* file;
    const char* list;  // the member of the file that holds the rows
    const char* table;
    std::vector<const char*> columns;
};

const std::array<Source, 3>& sources() {
    static const std::array<Source, 3> all{
        {{"iso_639-3.json",
          "639-3",
          "languages",
          {"alpha_3", "alpha_2", "name", "inverted_name", "scope", "type"}},
         {"iso_3166-1.json",
          "3166-1",
          "countries",
          {"alpha_2", "alpha_3", "numeric", "name", "official_name", "flag"}},
         {"iso_3166-2.json", "3166-2", "subdivisions", {"code", "name", "type", "parent"}}}};
    return all;
}

std::string create_statement(const Source& source) {
    std::string columns;
    for (const char* column : source.columns) {
        columns += columns.empty() ? fmt::format("{} TEXT NOT NULL PRIMARY KEY", column)
                                   : fmt::format(", {} TEXT", column);
    }
    return fmt::format("CREATE TABLE {} ({})", source.table, columns);
}

std::string insert_statement(const Source& source) {
    std::string places;
    for (std::size_t column = 0; column < source.columns.size(); ++column) {
        places += column == 0 ? "?" : ", ?";
    }
    return fmt::format("INSERT INTO {} VALUES ({})", source.table, places);
}

std::vector<std::vector<Value>> read_rows(const Source& source, const std::string& folder) {
    std::ifstream stream{std::filesystem::path{folder} / source.file};
    const auto objects = nlohmann::json::parse(stream);
    std::vector<std::vector<Value>> rows;
    for (const auto& object : objects.at(source.list)) {
        auto& row = rows.emplace_back();
        for (const char* column : source.columns) {
            const auto found = object.find(column);
            row.push_back(found == object.end() ? Value{nullptr}
                                                : Value{found->get<std::string>()});
        }
    }
    return rows;
}

// Every row is a transaction of its own: that is what tidemark is for.
Clock::duration insert_rows(sqlite3* ram, const Source& source,
                            const std::vector<std::vector<Value>>& rows) {
    Statement insert{ram, insert_statement(source)};
    const auto begin = Clock::now();
    for (const auto& row : rows) {
        insert(row);
    }
    return Clock::now() - begin;
}

std::uint64_t rows_on_disk(const Story& story) {
    const PlainFile file{story.path};
    std::uint64_t rows = 0;
    for (const Source& source : sources()) {
        rows += number_of(file.handle(), fmt::format("SELECT count(*) FROM {}", source.table));
    }
    return rows;
}

// All tables of the story. They are on disk before the first row is written, so that the rows go
// there as changes, and not as a copy of the whole database.
void create_tables(tidemark::Database& database) {
    for (const Source& source : sources()) {
        execute(database.handle(), create_statement(source));
    }
    execute(database.handle(), R"(
        CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, views INTEGER);
        CREATE TABLE journal (number INTEGER PRIMARY KEY, note TEXT NOT NULL);
        CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL);
        INSERT INTO counter VALUES (1, 0);)");
    database.flush();
}

void insert_all(Story& story, sqlite3* ram) {
    Clock::duration writing{0};
    for (const Source& source : sources()) {
        const auto rows = read_rows(source, story.data_folder);
        writing += insert_rows(ram, source, rows);
        story.real_rows += rows.size();
        story.narrator.say(
            fmt::format("{:<13}{:>7} rows", source.table, format_count(rows.size())));
    }
    const std::chrono::duration<double> seconds = writing;
    story.commits_per_second = static_cast<double>(story.real_rows) / seconds.count();
    story.narrator.say(
        fmt::format("{} rows, one transaction each, in RAM after {} ({} commits/s)",
                    format_count(story.real_rows), format_duration(writing),
                    format_count(static_cast<std::uint64_t>(story.commits_per_second))));
}

void flush_to_disk(Story& story, tidemark::Database& database) {
    const auto before = database.status();
    const auto begin = Clock::now();
    database.flush();
    const auto duration = Clock::now() - begin;
    story.first_sync =
        fmt::format("{} rows in {}", format_count(story.real_rows), format_duration(duration));
    story.narrator.say(
        fmt::format("flush(): {} changes on disk after {}",
                    format_count(database.status().synced_changes - before.synced_changes),
                    format_duration(duration)));
    const auto rows = rows_on_disk(story);
    story.narrator.check(
        rows == story.real_rows && rows > 0,
        fmt::format("SQLite alone counts {} rows in the file", format_count(rows)));
}

}  // namespace

bool has_real_data(Narrator& narrator, const std::string& data_folder) {
    for (const Source& source : sources()) {
        const auto file = std::filesystem::path{data_folder} / source.file;
        if (!std::filesystem::is_regular_file(file)) {
            narrator.check(false, fmt::format("{} is missing", file.string()));
            narrator.say("The demo needs the data of the package iso-codes. On Debian or Ubuntu:");
            narrator.say("    apt-get install iso-codes");
            narrator.say("Elsewhere: unpack its data/ folder and say --data FOLDER.");
            return false;
        }
    }
    return true;
}

void load_real_data(Story& story) {
    story.narrator.section("1. Real data: languages, countries, subdivisions of ISO");
    tidemark::Options options;
    options.strategy = story.strategy;
    auto database = tidemark::Database::open(story.path, options);

    create_tables(database);
    insert_all(story, database.handle());
    flush_to_disk(story, database);
    database.close();
}

}  // namespace cli::demo

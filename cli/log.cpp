#include "commands.hpp"
#include "exit_code.hpp"
#include "terminal.hpp"
#include "units.hpp"

#include <tidemark/tidemark.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cli {
namespace {

constexpr std::chrono::milliseconds pause_between_looks{200};

struct LogArguments {
    std::string database;
    std::string table;
    std::vector<std::string> key;
    std::uint64_t after = 0;
    bool json = false;
    bool follow = false;
};

// Results are lines, and whoever follows reads each as soon as it is there.
void print(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

std::string batch_text(const tidemark::BatchSummary& batch) {
    std::vector<std::string> parts;
    if (batch.changes_schema) parts.emplace_back("schema changed");
    for (const auto& table : batch.tables) parts.push_back(format_changes(table));
    if (parts.empty()) parts.emplace_back("header changed");
    return fmt::format("{:>6}  {}  {}", batch.number, format_time(batch.time),
                       fmt::join(parts, "; "));
}

std::string batch_json(const tidemark::BatchSummary& batch) {
    nlohmann::ordered_json json;
    json["batch"] = batch.number;
    json["previous"] = batch.previous;
    json["time"] = format_time(batch.time);
    json["schema_changed"] = batch.changes_schema;
    json["stored_bytes"] = batch.stored_bytes;
    json["content_bytes"] = batch.content_bytes;
    json["tables"] = nlohmann::ordered_json::array();
    for (const auto& table : batch.tables) {
        json["tables"].push_back({{"name", printable(table.table)},
                                  {"inserts", table.inserts},
                                  {"updates", table.updates},
                                  {"deletes", table.deletes}});
    }
    return json.dump();
}

std::string gap_text(const tidemark::HistoryGap& gap) {
    const std::string where = gap.last < gap.first
                                  ? fmt::format("before {}", gap.first)
                                  : fmt::format("{} to {} are missing", gap.first, gap.last);
    return fmt::format("     -  {}  {}: {}", format_time(gap.time), where, printable(gap.reason));
}

class Log {
public:
    explicit Log(const LogArguments& arguments)
        : arguments_(arguments), history_(arguments.database), last_(arguments.after) {}

    /// What is new since the last call.
    void print_new() {
        if (arguments_.table.empty()) {
            print_batches();
        } else {
            print_row();
        }
    }

private:
    void print_batches() {
        for (const tidemark::BatchSummary& batch : history_.batches(last_)) {
            print_gaps(batch.number);
            print(arguments_.json ? batch_json(batch) : batch_text(batch));
            last_ = batch.number;
        }
    }

    // JSON is about batches that there are: `previous` tells of others.
    void print_gaps(std::uint64_t before) {
        if (arguments_.json) return;
        for (const tidemark::HistoryGap& gap : history_.gaps()) {
            if (gap.first > last_ && gap.first <= before) print(gap_text(gap));
        }
    }

    void print_row() {
        // Taken first: what is written meanwhile is looked at the next time.
        const std::vector<tidemark::BatchSummary> batches = history_.batches(last_);
        history_.row(
            arguments_.table, arguments_.key,
            [this](const tidemark::Changes& batch, const tidemark::Change& change) {
                if (arguments_.json) {
                    print(fmt::format("{{\"batch\":{},\"time\":\"{}\",{}", batch.batch(),
                                      format_time(batch.time()), change.to_json().substr(1)));
                } else {
                    print(fmt::format("{:>6}  {}  {}", batch.batch(), format_time(batch.time()),
                                      printable(change.to_sql())));
                }
                if (batch.batch() > last_) last_ = batch.batch();
            },
            last_);
        if (!batches.empty() && batches.back().number > last_) last_ = batches.back().number;
    }

    const LogArguments& arguments_;
    tidemark::History history_;
    std::uint64_t last_;
};

int log(const LogArguments& arguments) {
    try {
        Log log(arguments);
        log.print_new();
        while (arguments.follow) {
            std::this_thread::sleep_for(pause_between_looks);
            log.print_new();
        }
    } catch (const tidemark::Error& error) {
        standard_error().line(
            standard_error().paint(Colour::red, "Error: " + printable(error.what())));
        return exit_code::cannot_open;
    }
    return exit_code::ok;
}

constexpr const char* examples = R"(Examples:
  tidemark log app.db
  tidemark log app.db --table posts --key 42
  tidemark log app.db --follow --json

A database has a history when it is kept with --history. With --table and --key the changes of one
row are shown; give --key for each column of the PRIMARY KEY, or once the rowid of a table without
one. --follow goes on until it is interrupted.

Exit codes:
  0  ok    2  usage    3  there is no history, or it cannot be read)";

}  // namespace

void add_log(CLI::App& app, int& exit_code) {
    auto arguments = std::make_shared<LogArguments>();
    CLI::App* command =
        app.add_subcommand("log", "List the batches of a history, or the changes of one row");
    command->add_option("DB", arguments->database, "The database")->required()->type_name("");
    CLI::Option* const table =
        command->add_option("--table", arguments->table, "Show the changes of a row of this table")
            ->type_name("NAME");
    CLI::Option* const key =
        command->add_option("--key", arguments->key, "Its key; once for each column")
            ->type_name("VALUE")
            ->allow_extra_args(false);
    table->needs(key);
    key->needs(table);
    command->add_option("--after", arguments->after, "Begin behind this batch")->type_name("N");
    command->add_flag("--json", arguments->json, "Print one JSON object per line");
    command->add_flag("--follow", arguments->follow, "Go on with what is written from now on");
    command->footer(examples);
    command->callback([arguments, &exit_code] { exit_code = log(*arguments); });
}

}  // namespace cli

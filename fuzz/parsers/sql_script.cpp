// What the command line reads: scripts that arrive in parts, durations, sizes, counts. Where the parts
// end must not matter, no byte may be lost, and SQLite must agree that each piece is complete.

#include "sql_script.hpp"

#include "parsers/input.hpp"
#include "units.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tidemark::fuzz {
namespace {

using cli::ScriptPiece;

std::vector<ScriptPiece> split(std::string_view script, Input* sizes) {
    cli::ScriptSplitter splitter;
    std::vector<ScriptPiece> pieces;
    while (!script.empty()) {
        std::size_t size = script.size();
        if (sizes != nullptr && sizes->remaining_bytes() > 0) {
            size = std::min<std::size_t>(size, sizes->ConsumeIntegralInRange<std::size_t>(1, 9));
        }
        splitter.append(script.substr(0, size));
        script.remove_prefix(size);
        while (auto piece = splitter.next()) pieces.push_back(*piece);
    }
    if (auto piece = splitter.rest()) pieces.push_back(*piece);
    return pieces;
}

void check_script(const std::string& script, Input& sizes) {
    const std::vector<ScriptPiece> whole = split(script, nullptr);
    const std::vector<ScriptPiece> in_parts = split(script, &sizes);
    require(whole.size() == in_parts.size(), "as many pieces, however it arrives");
    std::size_t place = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const ScriptPiece& piece = whole[i];
        require(piece.text == in_parts[i].text, "the same pieces, however it arrives");
        require(piece.line == in_parts[i].line, "of the same lines");
        require(!piece.text.empty(), "a piece holds something");
        place = script.find(piece.text, place);
        require(place != std::string::npos, "the pieces stand in the script, in order");
        const auto line =
            1 + std::count(script.begin(), script.begin() + static_cast<long>(place), '\n');
        require(piece.line >= static_cast<std::uint64_t>(line), "a piece begins where it stands");
        place += piece.text.size();
        const bool last = i + 1 == whole.size();
        const bool has_nul = piece.text.find('\0') != std::string::npos;
        require(last || piece.dot_command || has_nul || sqlite3_complete(piece.text.c_str()) != 0,
                "SQLite takes each for complete");
        require(cli::leading_blanks(piece.text) <= piece.text.size(), "blanks within the piece");
    }
}

void check_units(const std::string& text) {
    if (const auto duration = cli::parse_duration(text)) {
        require(duration->count() >= 0 && duration->count() <= 1'000'000'000'000, "a duration");
        static_cast<void>(cli::format_duration(*duration % std::chrono::hours{1'000}));
    }
    if (const auto size = cli::parse_size(text)) {
        require(*size <= 1'000'000'000'000'000, "a size");
        require(!cli::format_size(*size).empty(), "a size has a text");
    }
    if (const auto count = cli::parse_count(text)) {
        std::string shown = cli::format_count(*count);
        std::erase(shown, ',');
        require(cli::parse_count(shown) == count, "a count is read as it is shown");
        require(cli::parse_count("0" + text) == count, "zeros before it do not matter");
    }
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tidemark::fuzz::Input input(data, size);
    const std::string script = input.ConsumeRandomLengthString();
    tidemark::fuzz::check_script(script, input);
    tidemark::fuzz::check_units(script);
    return 0;
}

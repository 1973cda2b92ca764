// The bookkeeping in a file: rows of any type and content. It is believed or refused with a reason;
// what is believed is within bounds and is the same when it is written and read again.

#include "destination/sqlite_file/state_table.hpp"

#include "parsers/input.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/error.hpp>

#include <string>

namespace tidemark::fuzz {
namespace {

using destination::FileState;

constexpr const char* names[] = {"format_version", "mark",  "strategy",
                                 "writer_version", "other", "last_sync_ms"};

void bind_value(Input& input, sqlite3_stmt* insert) {
    switch (input.ConsumeIntegralInRange(0, 4)) {
        case 0:
            sqlite3_bind_int64(insert, 2, input.ConsumeIntegralInRange(-2, 9));
            return;
        case 1:
            sqlite3_bind_int64(insert, 2, input.ConsumeIntegral<std::int64_t>());
            return;
        case 2:
            sqlite3_bind_double(insert, 2, input.ConsumeFloatingPoint<double>());
            return;
        case 3: {
            const std::string text = input.ConsumeRandomLengthString();
            sqlite3_bind_text64(insert, 2, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
            return;
        }
        default: {
            const std::string blob = input.ConsumeRandomLengthString();
            sqlite3_bind_blob64(insert, 2, blob.data(), blob.size(), SQLITE_TRANSIENT);
        }
    }
}

void fill(sqlite3* connection, Input& input) {
    const FileState sound{.format_version = 1,
                          .mark = 7,
                          .strategy = "session",
                          .writer_version = "0.1.0",
                          .last_sync_ms = 1};
    destination::write_state(connection, sound);
    sqlite::Statement insert(connection, "REPLACE INTO _tidemark_state VALUES(?1, ?2)");
    const auto count = input.ConsumeIntegralInRange(0, 6);
    for (int i = 0; i < count && input.remaining_bytes() > 0; ++i) {
        insert.bind(1, std::string_view(input.PickValueInArray(names)));
        bind_value(input, insert.get());
        insert.run();
    }
}

void require_believable(const FileState& state) {
    require(state.format_version == destination::state_format_version, "a version that is known");
    require(state.mark <= static_cast<std::uint64_t>(destination::mark_max), "a mark with room");
    require(state.last_sync_ms >= 0 && state.last_sync_ms <= INT64_MAX / 1'000'000, "a time");
    for (const std::string& text : {state.strategy, state.writer_version}) {
        require(text.size() <= 64, "text is short");
        for (const char byte : text) {
            require(static_cast<unsigned char>(byte) >= 0x20, "text is harmless to a terminal");
        }
    }
}

void run(Input& input) {
    const sqlite::Connection connection = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    if (input.ConsumeBool()) sqlite::execute(connection.get(), "PRAGMA encoding = 'UTF-16le'", "");
    fill(connection.get(), input);
    std::optional<FileState> state;
    try {
        state = destination::read_state(connection.get(), "the file");
    } catch (const Error& error) {
        require(error.object() == "the file" && !error.reason().empty(), "the error says of what");
        require(!error.advice().empty(), "and what to do");
        return;
    }
    require(state.has_value(), "the table is there");
    require_believable(*state);
    destination::write_state(connection.get(), *state);
    const FileState again = *destination::read_state(connection.get(), "the file");
    require(again.mark == state->mark && again.strategy == state->strategy &&
                again.last_sync_ms == state->last_sync_ms &&
                again.writer_version == state->writer_version,
            "what was written is read");
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tidemark::fuzz::Input input(data, size);
    tidemark::fuzz::run(input);
    return 0;
}

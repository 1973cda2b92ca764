// A payload of the history. What is accepted is the same when it is written and read again, fits its
// tables, and can be replayed in both directions: every record of the batch made of it can be read.

#include "change/replay.hpp"
#include "history/payload.hpp"
#include "parsers/input.hpp"
#include "sqlite/connection.hpp"

#include <tidemark/error.hpp>

#include <string>

namespace tidemark::fuzz {
namespace {

std::string bytes_of(const history::Payload& payload) {
    std::string bytes = payload.head;
    for (const std::string_view part : payload.records) bytes += part;
    require(bytes.size() == payload.size_bytes(), "a payload is as long as it says");
    return bytes;
}

void require_replayable(const change::Effects& effects, change::Direction direction,
                        sqlite3* target) {
    const change::Batch batch = change::replay(effects, direction, target);
    change::LogReader reader(batch.log, batch.tables);
    std::uint64_t count = 0;
    for (change::Record record; reader.next(record);) ++count;
    require(count >= batch.log.changes(), "every record can be read");
}

void run(std::string_view payload) {
    change::Effects effects;
    try {
        effects = history::decode(payload);
    } catch (const Error& error) {
        require(!error.reason().empty() && !error.advice().empty(), "the error says what to do");
        return;
    }
    const std::string again = bytes_of(history::encode(effects));
    require(bytes_of(history::encode(history::decode(again))) == again, "what was written is read");
    const auto empty = sqlite::Connection::open_in_memory(SQLITE_OPEN_NOMUTEX);
    require_replayable(effects, change::Direction::forward, empty.get());
    require_replayable(effects, change::Direction::backward, empty.get());
}

}  // namespace
}  // namespace tidemark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tidemark::fuzz::run(tidemark::fuzz::as_text(data, size));
    return 0;
}

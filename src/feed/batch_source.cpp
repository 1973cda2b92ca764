#include "feed/batch_source.hpp"

#include "sqlite/error.hpp"

#include <tidemark/error.hpp>

#include <utility>

namespace tidemark::feed {

BatchSource::BatchSource(std::string history_path, std::string destination)
    : history_path_(std::move(history_path)), destination_(std::move(destination)) {}

// Whatever is wrong with the file: the sync thread, which writes it, waits for it to become right too.
history::HistoryReader& BatchSource::reader() {
    if (reader_) return *reader_;
    try {
        return reader_.emplace(history_path_);
    } catch (const Error& error) {
        throw sqlite::as_retryable(error);
    }
}

void BatchSource::throw_gap(std::uint64_t mark, std::string reason) const {
    throw Error({.operation = "lead the destination on from batch " + std::to_string(mark),
                 .object = destination_,
                 .reason = "there is a gap in the history: " + std::move(reason),
                 .advice = begin_anew});
}

BatchSource::Batch BatchSource::next(std::uint64_t mark, std::uint64_t disk_mark) {
    history::HistoryReader& history = reader();
    const auto link = history.next(mark);
    if (!link || link->number > disk_mark || link->previous != mark) {
        const std::uint64_t behind = link && link->number <= disk_mark ? link->previous : disk_mark;
        throw_gap(mark, "it does not have the batches up to " + std::to_string(behind));
    }
    Batch batch{.effects = history.read(link->number), .written = history.time(link->number)};
    if (batch.effects.after_foreign_writes) {
        throw_gap(mark, "somebody else has written to the database before batch " +
                            std::to_string(link->number));
    }
    return batch;
}

std::vector<change::SchemaObject> BatchSource::schema_after(std::uint64_t mark,
                                                            std::vector<change::SchemaObject> now,
                                                            std::uint64_t disk_mark) {
    const auto changed = reader().next_schema_change(mark);
    if (!changed || *changed > disk_mark) return now;
    change::Effects effects = reader().read(*changed);
    return effects.schema ? std::move(effects.schema->before) : std::move(now);
}

}  // namespace tidemark::feed

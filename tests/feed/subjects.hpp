#pragma once

/// What the suite of destinations is run with, and how the tests look at what they hold.

#include "json_lines_destination.hpp"
#include "support/destination_conformance.hpp"
#include "support/sql.hpp"

#include <tidemark/destination.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::tests {

/// A file of JsonLines read by somebody who knows nothing but what its head says: the lines played from
/// the first to the last. Throws when they do not follow each other: a batch twice, or none of a number
/// that the next one names as its predecessor.
class JsonLinesReader {
public:
    explicit JsonLinesReader(const std::string& path);

    [[nodiscard]] std::vector<conformance::Row> rows(const std::string& table) const;
    [[nodiscard]] std::size_t batches() const noexcept { return batches_; }

private:
    void play(const std::string& line);

    // By the rows' JSON, each as often as it is there.
    std::map<std::string, std::map<std::string, std::pair<conformance::Row, int>>> tables_;
    std::uint64_t mark_ = 0;
    std::size_t batches_ = 0;
};

struct SqliteSubject {
    explicit SqliteSubject(const std::string& folder) : path(folder + "/copy.db") {}
    [[nodiscard]] std::shared_ptr<Destination> open() const {
        return sqlite_destination(path, {.synchronous = Synchronous::off});
    }
    [[nodiscard]] std::vector<conformance::Row> rows(const std::string& table) const {
        return conformance::rows_of(Plain(path), table);
    }
    std::string path;
};

struct JsonLinesSubject {
    explicit JsonLinesSubject(const std::string& folder) : path(folder + "/lines.jsonl") {}
    [[nodiscard]] std::shared_ptr<Destination> open() const {
        return std::make_shared<JsonLines>(path);
    }
    [[nodiscard]] std::vector<conformance::Row> rows(const std::string& table) const {
        return JsonLinesReader(path).rows(table);
    }
    std::string path;
};

}  // namespace tidemark::tests

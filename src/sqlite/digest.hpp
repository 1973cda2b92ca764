#pragma once

#include "sqlite/api.hpp"

#include <tidemark/status.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tidemark::sqlite {

/// Everything that a database is, in a form that can be compared.
struct Digest {
    std::vector<TableDigest> tables;
    /// One line per object of the schema, and one for each value of the header that matters.
    std::vector<std::string> schema;
};

/// Says for the name of a table or schema object whether to leave it out.
using SkipName = std::function<bool(const std::string& name)>;

/// Reads the main database of a connection as it stands, in one read transaction. Virtual tables
/// are represented by their shadow tables. Throws Error.
[[nodiscard]] Digest digest(sqlite3* connection, const SkipName& skip_rows,
                            const SkipName& skip_object);

/// One sentence per difference; empty when there is none.
[[nodiscard]] std::vector<std::string> differences(const Digest& ram, const Digest& disk);

}  // namespace tidemark::sqlite

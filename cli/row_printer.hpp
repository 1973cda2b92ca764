#pragma once

#include <cstdio>
#include <string>
#include <vector>

struct sqlite3_stmt;

namespace cli {

enum class RowFormat {
    list,  ///< As the sqlite3 shell's list mode: `a|b`, nothing for NULL.
    json,  ///< One JSON object per line and row; docs/cli.md says how every value comes back.
};

/// Prints result rows to a stream. For one thread.
class RowPrinter {
public:
    RowPrinter(RowFormat format, std::FILE* stream) : format_(format), stream_(stream) {}

    /// Before the first row of a statement.
    void begin(sqlite3_stmt* statement);
    /// Prints the row that the statement stands on. False when the stream takes nothing more.
    [[nodiscard]] bool print(sqlite3_stmt* statement);
    /// Hands to the reader what was printed. False as above.
    [[nodiscard]] bool flush();

private:
    const RowFormat format_;
    std::FILE* const stream_;
    std::vector<std::string> keys_;  // column names as JSON, each different
    std::string row_;                // kept for its memory
};

}  // namespace cli

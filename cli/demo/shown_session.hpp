#pragma once

#include <cstdint>
#include <memory>

struct sqlite3;
struct sqlite3_session;

namespace cli::demo {

/// A session of the demo's own on the application's connection, beside tidemark's, to show what
/// grows there. (Sessions of one connection do not disturb each other.) For one thread; dies before
/// the connection.
class ShownSession {
public:
    ShownSession(sqlite3* connection, const char* table);

    /// How long the changeset would be if it were taken now.
    [[nodiscard]] std::uint64_t changeset_bytes() const;

    /// Begins anew.
    void restart();

private:
    sqlite3* connection_;
    const char* table_;
    std::unique_ptr<sqlite3_session, void (*)(sqlite3_session*)> session_;
};

}  // namespace cli::demo

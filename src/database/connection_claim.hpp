#pragma once

#include "sqlite/api.hpp"

namespace tidemark {

/// Claims a connection of the application for one database: two captures on one connection would
/// take each other's triggers away. Process-wide; any thread.
class ConnectionClaim {
public:
    /// Throws Error when the connection is claimed already.
    explicit ConnectionClaim(sqlite3* connection);
    ConnectionClaim(const ConnectionClaim&) = delete;
    ConnectionClaim& operator=(const ConnectionClaim&) = delete;
    ~ConnectionClaim();

private:
    sqlite3* connection_;
};

}  // namespace tidemark

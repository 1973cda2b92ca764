#include "database/connection_claim.hpp"

#include <tidemark/error.hpp>

#include <mutex>
#include <set>

namespace tidemark {
namespace {

struct Claims {
    std::mutex mutex;
    std::set<sqlite3*> connections;  // guarded by mutex
};

// Never destroyed: the destructor of a static object may close its database after everything else.
Claims& claims() {
    static Claims& all = *new Claims;
    return all;
}

}  // namespace

ConnectionClaim::ConnectionClaim(sqlite3* connection) : connection_(connection) {
    Claims& all = claims();
    const std::lock_guard lock(all.mutex);
    if (all.connections.insert(connection).second) return;
    throw Error({.code = SQLITE_MISUSE,
                 .operation = "attach to the connection",
                 .reason = "another Database keeps it already",
                 .advice = "close that one first"});
}

ConnectionClaim::~ConnectionClaim() {
    Claims& all = claims();
    const std::lock_guard lock(all.mutex);
    all.connections.erase(connection_);
}

}  // namespace tidemark

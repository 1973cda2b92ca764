#pragma once

#include "sqlite/connection.hpp"
#include "sqlite/transaction.hpp"

#include <tidemark/error.hpp>
#include <tidemark/options.hpp>

#include <future>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::destination {

/// Checks the content of a file on a thread of its own, while somebody else reads it.
///
/// Two connections look at the file, each in a read transaction until this object goes: in WAL mode
/// they can see different states only if another program commits in between, which the data version of
/// `reader` tells.
///
/// To be used by one thread, which uses `reader` too; the functions and collations of the checking
/// connection are called on the other one.
class SideCheck {
public:
    /// Takes `connection`, opened for the same file as `reader` and ready to use. Throws Error when
    /// either cannot be read, std::system_error when there can be no thread.
    SideCheck(sqlite3* reader, sqlite::Connection connection, LoadCheck check);
    SideCheck(const SideCheck&) = delete;
    SideCheck& operator=(const SideCheck&) = delete;
    /// Cancels the check when it has not ended.
    ~SideCheck();

    /// Waits for the check, and returns or throws what `sqlite::find_problems` does; again the same
    /// when it is called again.
    [[nodiscard]] const std::vector<std::string>& problems() const;

private:
    struct Outcome {
        std::vector<std::string> problems;
        std::optional<Error> error;
    };
    [[nodiscard]] static Outcome run(sqlite3* connection, LoadCheck check);

    const sqlite::ReadTransaction reader_snapshot_;
    const sqlite::Connection connection_;
    const sqlite::ReadTransaction snapshot_;
    // The last one, since it waits for the thread.
    const std::shared_future<Outcome> outcome_;
};

}  // namespace tidemark::destination

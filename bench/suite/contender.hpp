#pragma once

#include "sqlite.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// How often a contender brings its changes to the disk by itself; zero: only when told to.
using Interval = std::chrono::milliseconds;

/// One way to keep a database: what the benchmark compares.
///
/// One writer thread uses `connection()` with prepared statements of its own, and calls
/// `between_transactions()` after each transaction. Used from that thread alone, but for
/// `connection()` and `durable_commit()`, which several threads may share. Every function may throw.
class Contender {
public:
    Contender() = default;
    Contender(const Contender&) = delete;
    Contender& operator=(const Contender&) = delete;
    virtual ~Contender() = default;

    /// Opens the SQLite file `path`, which exists and has all its tables.
    virtual void open(const std::string& path, Interval interval) = 0;

    /// Where the application writes.
    [[nodiscard]] virtual sqlite3* connection() const = 0;

    /// Brings everything committed to the disk. Nothing to do for what is there already, or never.
    virtual void sync() {}

    /// To be called after a COMMIT: returns when it has reached the disk.
    virtual void durable_commit() { sync(); }

    /// Lets a contender that shares the writer's thread sync when its interval has passed.
    virtual void between_transactions() {}

    /// A write has failed with SQLITE_FULL: true when it can be tried again.
    [[nodiscard]] virtual bool make_room() { return false; }

    /// Statements on `connection()` must be finalized by then.
    virtual void close() = 0;

    /// The longest time that one sync has kept the connection from the writer.
    [[nodiscard]] virtual nanoseconds longest_stall() const { return {}; }

    /// What the last sync spent on writing to the disk, without taking the changes from RAM.
    [[nodiscard]] virtual nanoseconds last_apply() const { return {}; }

    /// Memory of the changes that are not on disk; empty when only SQLite's total tells.
    [[nodiscard]] virtual std::optional<std::uint64_t> pending_bytes() const { return {}; }
};

/// memory, wal_full, wal_normal, wal_off_exclusive, recipe_trigger, recipe_session, backup,
/// tidemark_trigger, tidemark_session; and tidemark_commit (durability = commit), which only the
/// durable commits ask for.
[[nodiscard]] std::unique_ptr<Contender> make_contender(std::string_view name);

/// All of them but the last, in this order.
[[nodiscard]] const std::vector<std::string>& contender_names();

}  // namespace bench

#pragma once

#include "sqlite/transaction.hpp"

namespace tidemark::destination {

/// What is going on when a batch is written, as an Error says it.
inline constexpr const char* applying = "write changes to the disk database";

/// Begins the transaction in which that happens.
class Transaction : public sqlite::WriteTransaction {
public:
    explicit Transaction(sqlite3* connection, bool* lost_cache = nullptr)
        : WriteTransaction(connection, applying, lost_cache) {}
};

}  // namespace tidemark::destination

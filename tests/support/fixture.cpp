#include "support/fixture.hpp"

#include <chrono>

namespace tidemark::tests {

Options KeptDatabase::options() const {
    Options options;
    options.strategy = GetParam();
    options.interval = std::chrono::hours{1};
    options.observer = observer_;
    // These tests look at content, not at what survives a power failure, and there are hundreds.
    options.synchronous = Synchronous::off;
    return options;
}

Options KeptDatabase::eager_options() const {
    Options options = KeptDatabase::options();
    options.interval = std::chrono::milliseconds{0};
    return options;
}

void KeptDatabase::prepare_file(const std::string& sql) const { exec(Plain(path()), sql); }

void KeptDatabase::close() {
    database_->close();
    database_.reset();
}

void KeptDatabase::reopen() {
    close();
    open();
}

void KeptDatabase::flush_and_expect_same(const CompareOptions& options) {
    ASSERT_NO_THROW(database().flush());
    EXPECT_TRUE(same_on_disk(ram(), path(), options));
}

TableStatus KeptDatabase::table_status(const std::string& table) {
    for (const TableStatus& status : database().status().tables) {
        if (status.name == table) {
            return status;
        }
    }
    ADD_FAILURE() << "status() says nothing of table " << table;
    return {};
}

}  // namespace tidemark::tests

#include "commits/commit_fixture.hpp"

#include <chrono>

namespace tidemark::tests {

Options Commits::options() const {
    Options options;
    options.strategy = Strategy::trigger;
    options.durability = Durability::commit;
    options.busy_timeout = std::chrono::milliseconds{0};
    options.retry_pause_first = std::chrono::milliseconds{1};
    options.retry_pause_max = std::chrono::milliseconds{5};
    options.close_deadline = std::chrono::milliseconds{2000};
    options.observer = observer_;
    return options;
}

void Commits::close() {
    database_->close();
    database_.reset();
}

Cell Commits::on_disk(const std::string& sql) const {
    const FaultVfs::Bystander bystander;
    return query_one(Plain(path()), sql);
}

::testing::AssertionResult Commits::same_now() {
    const FaultVfs::Bystander bystander;
    return same_on_disk(ram(), path());
}

void Commits::run_and_compare(const std::string& sql) {
    run(sql);
    EXPECT_TRUE(same_now()) << "after " << sql;
}

void Commits::fill_disk() {
    vfs_.set({.kind = Fault::Kind::fail,
              .of = {FileOperation::write},
              .times = Fault::for_ever,
              .code = SQLITE_FULL});
}

}  // namespace tidemark::tests

#pragma once

#include "contender.hpp"

#include <tidemark/tidemark.hpp>

#include <optional>

namespace bench {

/// tidemark itself, in its default settings but for strategy and interval. Without an interval
/// nothing starts a sync but `sync()`, and there is no limit of what is pending.
class TidemarkContender final : public Contender {
public:
    explicit TidemarkContender(tidemark::Strategy strategy,
                               tidemark::Durability durability = tidemark::Durability::interval);

    void open(const std::string& path, Interval interval) override;
    [[nodiscard]] sqlite3* connection() const override { return db_->handle(); }
    void sync() override;
    void durable_commit() override;
    [[nodiscard]] bool make_room() override;
    void close() override;
    [[nodiscard]] nanoseconds longest_stall() const override;
    [[nodiscard]] nanoseconds last_apply() const override;
    [[nodiscard]] std::optional<std::uint64_t> pending_bytes() const override;

private:
    tidemark::Options options_;
    std::optional<tidemark::Database> db_;
};

}  // namespace bench

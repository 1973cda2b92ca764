#include "tidemark_contender.hpp"

namespace bench {
namespace {

constexpr std::chrono::minutes patience{10};

}  // namespace

TidemarkContender::TidemarkContender(tidemark::Strategy strategy, tidemark::Durability durability) {
    options_.strategy = strategy;
    options_.durability = durability;
    options_.close_deadline = patience;
}

void TidemarkContender::open(const std::string& path, Interval interval) {
    options_.interval = interval;
    if (interval.count() == 0) {
        options_.interval = std::chrono::hours{24};
        options_.cut_changes = 0;
        options_.cut_bytes = 0;
        options_.pending_bytes_max = 0;
    }
    db_ = tidemark::Database::open(path, options_);
}

void TidemarkContender::sync() { db_->flush(patience); }

void TidemarkContender::durable_commit() {
    if (options_.durability == tidemark::Durability::interval) {
        sync();
    }
}

bool TidemarkContender::make_room() {
    sync();
    return true;
}

void TidemarkContender::close() {
    db_->close();
    db_.reset();
}

nanoseconds TidemarkContender::longest_stall() const { return db_->status().longest_stall; }

nanoseconds TidemarkContender::last_apply() const {
    const tidemark::Status status = db_->status();
    return status.last_sync_duration - status.last_stall;
}

std::optional<std::uint64_t> TidemarkContender::pending_bytes() const {
    return db_->status().pending_bytes;
}

}  // namespace bench

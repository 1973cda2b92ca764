#pragma once

#include "change/effects.hpp"

#include <tidemark/change.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace tidemark {

/// What stands behind `Changes`.
struct Changes::Content {
    change::Effects effects;
    change::TableList tables;
    std::chrono::system_clock::time_point time;

    Content(change::Effects of_batch, std::chrono::system_clock::time_point written)
        : effects(std::move(of_batch)), tables(table_list(effects.tables)), time(written) {}
};

}  // namespace tidemark

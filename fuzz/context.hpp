#pragma once

#include "model.hpp"
#include "random.hpp"
#include "values.hpp"

#include <string>
#include <vector>

namespace tidemark::fuzz {

/// What the generators of one run share.
struct Context {
    Random& random;
    Values& values;
    const Model& model;

    /// A table that fulfils a condition; null when there is none.
    template <typename Condition>
    const TableModel* table(const Condition& condition) const {
        std::vector<const TableModel*> fitting;
        for (const TableModel& table : model.tables) {
            if (condition(table)) fitting.push_back(&table);
        }
        return fitting.empty() ? nullptr : random.one_of(fitting);
    }
};

}  // namespace tidemark::fuzz

#pragma once

#include "c_api/lists.hpp"

#include <tidemark/change.hpp>
#include <tidemark/tidemark.h>

#include <optional>
#include <span>
#include <vector>

namespace tidemark::c_api {

/// Shows values in a list, which has to live as long as the result.
tidemark_values view(std::vector<tidemark_value>& list, std::span<const Value> values);

/// Throws Error for what is no value.
[[nodiscard]] Value value_of(const tidemark_value& value);

/// A batch of the C interface, and the changes that are read through it.
struct OwnedChanges final : tidemark_changes {
    explicit OwnedChanges(Changes from);
    Changes kept;
};

/// A change of the C interface, and what it points into.
struct OwnedChange final : tidemark_change {
    OwnedChange() : tidemark_change{} {}
    OwnedChange(const OwnedChange&) = delete;
    OwnedChange& operator=(const OwnedChange&) = delete;
    ~OwnedChange() = default;

    /// Valid as long as `change` is.
    void show(const Change& change);

    std::optional<Change> kept;

private:
    OwnedStrings column_list_;
    std::vector<tidemark_value> old_list_;
    std::vector<tidemark_value> new_list_;
};

}  // namespace tidemark::c_api

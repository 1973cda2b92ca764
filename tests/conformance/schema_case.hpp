#pragma once

namespace tidemark::tests {

struct SchemaCase {
    const char* name;
    /// Runs before the boundary from which the change is looked at.
    const char* before;
    const char* change;
};

}  // namespace tidemark::tests

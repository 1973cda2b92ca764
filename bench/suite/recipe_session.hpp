#pragma once

#include "ram_copy.hpp"

struct sqlite3_session;

namespace bench {

/// The common recipe with SQLite's session extension: take the changeset, apply it to the disk,
/// close the session, and create another one.
class RecipeSession final : public RamCopy {
public:
    ~RecipeSession() override;
    [[nodiscard]] std::optional<std::uint64_t> pending_bytes() const override;

private:
    void begin_capture() override;
    void move_changes() override;
    void end_capture() override;

    sqlite3_session* session_ = nullptr;
};

}  // namespace bench

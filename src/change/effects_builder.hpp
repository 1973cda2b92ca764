#pragma once

#include "change/effects.hpp"

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tidemark::change {

/// Puts effects together, row by row, and counts them.
class EffectsBuilder {
public:
    /// A moment to which what follows can be taken back.
    struct Mark {
        ChangeLog::Position position;
        std::vector<EffectTable> tables;
    };

    TableId add(EffectTable table);
    [[nodiscard]] const EffectTable& table(TableId id) const { return effects_.tables[id]; }

    /// Complete images. When one throws (std::bad_alloc), nothing has been added. An insert just behind
    /// the removal of the same row makes an update of the two: so SQLite tells of a REPLACE.
    void insert(TableId table, std::span<const Value> image);
    void remove(TableId table, std::span<const Value> image);
    /// Nothing when both are the same.
    void update(TableId table, std::span<const Value> before, std::span<const Value> after);

    [[nodiscard]] Mark mark() const { return {effects_.log.end(), effects_.tables}; }
    void roll_back_to(Mark mark) noexcept;

    /// The rest of it is for the caller to fill in.
    [[nodiscard]] Effects& effects() noexcept { return effects_; }
    [[nodiscard]] Effects take() {
        removed_.reset();
        return std::exchange(effects_, {});
    }

private:
    /// The last record, if it is a removal.
    struct Removed {
        TableId table = 0;
        ChangeLog::Position position;  // of the record
        std::vector<Value> image;      // in `bytes`
        std::vector<char> bytes;       // moving it leaves them where they are
    };

    void append(Operation operation, TableId table, std::span<const Value> image);
    [[nodiscard]] bool is_removed_row(TableId table, std::span<const Value> image) const;

    Effects effects_;
    std::optional<Removed> removed_;
};

}  // namespace tidemark::change

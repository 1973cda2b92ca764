#pragma once

#include "ram_copy.hpp"

#include <map>

namespace bench {

/// The common recipe with triggers: each row goes as JSON into the table _sync_queue; a sync selects
/// all of it, parses each record, prepares and runs one statement for it, and deletes the queue.
///
/// Every table must have the primary key `id`. JSON has no blobs: they travel as hexadecimal text.
class RecipeTrigger final : public RamCopy {
private:
    struct Column {
        std::string name;
        bool blob = false;
    };
    struct Change {
        std::string operation;
        std::string table;
        std::string record;
    };

    void begin_capture() override;
    void move_changes() override;

    void create_triggers(const std::string& table);
    [[nodiscard]] std::vector<Change> select_queue() const;
    void apply(const Change& change);

    std::map<std::string, std::vector<Column>> tables_;
};

}  // namespace bench

#pragma once

#include "context.hpp"

#include <string>

namespace tidemark::fuzz {

/// INSERT, UPDATE, DELETE and SELECT.
class StatementGenerator {
public:
    explicit StatementGenerator(Context context) : context_(context) {}

    /// Any statement that reads or writes rows.
    std::string any();
    std::string insert();
    std::string update();
    std::string remove();
    std::string select();
    /// Into a full-text index, or a table that one reads from.
    std::string full_text(const TableModel& table);
    /// What an application keeps prepared.
    std::string kept();

private:
    const TableModel* target();
    std::string row(const TableModel& table, const std::vector<Column>& columns, bool exact);
    std::string source(const TableModel& table, const std::vector<Column>& columns);
    static std::string read_before(const std::string& select);
    std::string upsert(const TableModel& table);
    std::string assignments(const TableModel& table, bool exact);
    std::string where(const TableModel& table);
    std::string returning(const TableModel& table);
    std::string sequence();

    Context context_;
};

}  // namespace tidemark::fuzz

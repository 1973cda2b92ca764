#pragma once

#include "context.hpp"

#include <string>

namespace tidemark::fuzz {

/// Everything else that changes the schema: indexes, triggers, views, ALTER, DROP, and what rebuilds
/// the database.
class SchemaGenerator {
public:
    explicit SchemaGenerator(Context context) : context_(context) {}

    /// Any one of them.
    std::string any(bool in_transaction);

    std::string create_index();
    std::string create_trigger();
    std::string create_temp_trigger();
    std::string create_view();
    std::string alter();
    std::string drop();
    std::string drop_and_create();
    std::string rebuild(bool in_transaction);
    std::string edit_schema(bool in_transaction);
    std::string attach(bool in_transaction);

private:
    const TableModel* main_table();
    const TableModel* table_to_index();
    std::string trigger_body(const TableModel& table, const std::string& row, bool after);
    std::string by_key(const TableModel& table);
    std::string write_other(const TableModel& table, const std::string& row);
    std::string same_row(const TableModel& table, const std::string& row);

    Context context_;
};

}  // namespace tidemark::fuzz

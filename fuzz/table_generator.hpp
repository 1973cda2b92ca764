#pragma once

#include "context.hpp"

#include <string>
#include <vector>

namespace tidemark::fuzz {

/// CREATE TABLE in all its variety.
class TableGenerator {
public:
    explicit TableGenerator(Context context) : context_(context) {}

    /// `schema` is empty, "temp." or the name of an attached database with its point.
    std::string create_table(const std::string& schema = "");
    std::string create_table_as();
    std::string create_virtual_table();
    /// A definition that ALTER TABLE ADD COLUMN takes, most of the time.
    std::string added_column(bool strict);

    /// For a table of this schema.
    std::string new_name(const std::string& schema);
    static std::string table_name(Random& random);
    static std::string column_name(Random& random);
    static std::string other_column_name(Random& random, const std::string& name);

private:
    std::vector<std::string> column_names(std::size_t count);
    std::string type(bool strict);
    std::string constraints(const std::string& column, bool strict);
    std::string references();
    std::string generated(const std::vector<std::string>& columns, bool stored);
    std::string table_constraints(const std::vector<std::string>& columns, bool key_wanted);
    std::string on_conflict();

    Context context_;
};

}  // namespace tidemark::fuzz

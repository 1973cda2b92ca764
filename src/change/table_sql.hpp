#pragma once

#include "change/table.hpp"

#include <cstddef>
#include <string>

/// Pieces of SQL about the rows of a table, with values in the order of their images.
namespace tidemark::change {

/// Name of the value at a place of an image: the hidden rowid comes first where there is one.
[[nodiscard]] std::string value_name(const Table& table, std::size_t place);

/// " WHERE …", with a parameter for each value of the key, numbered from `first_parameter`. Compared
/// as the key does it: the column's own collation may take two rows for one.
[[nodiscard]] std::string where_key(const Table& table, std::size_t first_parameter);

/// "SELECT … FROM …" of all images.
[[nodiscard]] std::string select_images(const Table& table);

}  // namespace tidemark::change

#include "change/table_sql.hpp"

#include "sqlite/connection.hpp"

#include <vector>

namespace tidemark::change {

std::string value_name(const Table& table, std::size_t place) {
    if (table.identity != Identity::rowid) return sqlite::quoted(table.columns[place]);
    return place == 0 ? table.rowid_name : sqlite::quoted(table.columns[place - 1]);
}

std::string where_key(const Table& table, std::size_t first_parameter) {
    const std::vector<std::size_t> places = table.key_places();
    std::string sql;
    for (std::size_t i = 0; i < places.size(); ++i) {
        sql += (i == 0 ? " WHERE " : " AND ") + value_name(table, places[i]) + " = ?" +
               std::to_string(first_parameter + i);
        if (!table.key_collations.empty()) {
            sql += " COLLATE " + sqlite::quoted(table.key_collations[i]);
        }
    }
    return sql;
}

std::string select_images(const Table& table) {
    std::string values;
    for (std::size_t place = 0; place < table.image_size(); ++place) {
        values += (place > 0 ? ", " : "") + value_name(table, place);
    }
    return "SELECT " + values + " FROM main." + sqlite::quoted(table.name);
}

}  // namespace tidemark::change

#pragma once

#include "change/table.hpp"
#include "change/value.hpp"

#include <span>
#include <string>

namespace tidemark::change {

/// Appends one value as JSON from which it can be read back exactly:
///
/// - NULL, integers and text are what JSON has for them; text may contain U+0000;
/// - a real always has a point or an exponent, and the shortest digits that give it back; the
///   infinities are 9e999 and -9e999, as SQLite's own JSON functions write them;
/// - a blob is {"$blob":"<hex>"}; text that is not valid UTF-8 is {"$text":"<hex>"}, and text of a
///   UTF-16 database that UTF-8 cannot express is {"$text16":"<hex>"}, in bytes of this machine.
void append_json(std::string& json, const Value& value);

/// The image of a row as an object of its columns, without the hidden rowid.
[[nodiscard]] std::string row_as_json(const Table& table, std::span<const Value> image);
/// The same of the columns of its key only.
[[nodiscard]] std::string key_as_json(const Table& table, std::span<const Value> image);

}  // namespace tidemark::change

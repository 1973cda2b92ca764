#pragma once

#include "sqlite/api.hpp"

#include <tidemark/error.hpp>

#include <cstdint>
#include <string>

/// What is looked at before a file is given to SQLite, and what is said when SQLite does not take it.
namespace tidemark::destination {

[[nodiscard]] bool file_exists(const std::string& path);
/// In bytes; 0 when there is no such file.
[[nodiscard]] std::uint64_t size_of(const std::string& path) noexcept;

/// Throws Error when there is something of that name that is no file.
void require_regular_file(const std::string& path);

/// Throws Error when the file has other names, under which SQLite would not find its log.
void require_one_name(const std::string& path);

/// Whether there is a write-ahead log ("-wal") or a rollback journal ("-journal") beside the
/// database.
[[nodiscard]] bool has_side_file(const std::string& path, const char* suffix);

/// Throws Error when the database is missing or empty and a write-ahead log lies beside its name:
/// SQLite would delete the log, and with it what may be the only copy of some data.
void require_no_orphaned_log(const std::string& path);

/// Throws the exception that is being handled again; an Error that names no object is of `path`.
[[noreturn]] void throw_naming(const std::string& path);

/// The same Error, about the file: SQLite speaks of a statement where a person wants to hear of a
/// file and of what to do. What is about this file already stays as it is.
[[nodiscard]] Error about_file(const Error& error, const std::string& operation,
                               const std::string& path);

/// What reading the header and the schema has failed with, as an Error about the file that says what
/// to do.
[[nodiscard]] Error cannot_read(sqlite3* connection, const Error& error,
                                const std::string& operation, const std::string& path);

}  // namespace tidemark::destination

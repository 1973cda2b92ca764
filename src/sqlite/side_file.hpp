#pragma once

#include <string>

#include <fcntl.h>

/// Files of our own beside a database, which are made as SQLite makes its own.
namespace tidemark::sqlite {

/// For open(2). No link is followed: one that was planted at that name must not make us write
/// elsewhere. Nor may a FIFO keep us waiting, or a terminal become ours.
constexpr int careful_open = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

/// Gives an open file the permissions of the database and, for root, its owner.
void follow_database(int descriptor, const std::string& database_path);

/// Creates an empty file with the permissions of the database, if there is none of that name; whether
/// it did. Throws Error.
bool create_side_file(const std::string& path, const std::string& database_path);

/// Throws Error when what stands at that name is no regular file, a link, or has other names: SQLite
/// would write to something that is not ours.
void require_safe_side_file(const std::string& path);

}  // namespace tidemark::sqlite

#pragma once

// SQLite as the host has it: every call goes through the table that it handed over.

#include <sqlite3ext.h>

SQLITE_EXTENSION_INIT3

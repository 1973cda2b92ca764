#pragma once

// The one place through which SQLite's header enters. Session and preupdate hook are declared only
// when these are defined; that the library was built with them is checked when CMake configures.
#ifndef SQLITE_ENABLE_SESSION
#define SQLITE_ENABLE_SESSION 1
#endif
#ifndef SQLITE_ENABLE_PREUPDATE_HOOK
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#endif
#include <sqlite3.h>

#pragma once

// The one place through which SQLite's header enters. Session and preupdate hook are declared only
// when these are defined; that the library was built with them is checked when CMake configures.
#ifndef SQLITE_ENABLE_SESSION
#define SQLITE_ENABLE_SESSION 1
#endif
#ifndef SQLITE_ENABLE_PREUPDATE_HOOK
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#endif

#ifdef TIDEMARK_LOADABLE_EXTENSION
// Inside a loadable extension every call goes to the SQLite of the host: a second one in the process
// must never touch its handles.
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3
#include "sqlite/host_functions.hpp"
#else
#include <sqlite3.h>

namespace tidemark::sqlite {
/// Whether there are sessions and the preupdate hook.
[[nodiscard]] constexpr bool has_session_functions() noexcept { return true; }
}  // namespace tidemark::sqlite
#endif

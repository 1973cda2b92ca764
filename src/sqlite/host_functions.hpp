#pragma once

// What a loadable extension needs of its host's SQLite and sqlite3ext.h does not pass on: sessions and
// the preupdate hook. Only included by sqlite/api.hpp.

namespace tidemark::sqlite {

/// Functions of the host's SQLite, by name; all of them or none are set.
struct HostFunctions {
    decltype(&::sqlite3_preupdate_blobwrite) preupdate_blobwrite = nullptr;
    decltype(&::sqlite3_preupdate_count) preupdate_count = nullptr;
    decltype(&::sqlite3_preupdate_hook) preupdate_hook = nullptr;
    decltype(&::sqlite3_preupdate_new) preupdate_new = nullptr;
    decltype(&::sqlite3_preupdate_old) preupdate_old = nullptr;
    decltype(&::sqlite3changegroup_add) changegroup_add = nullptr;
    decltype(&::sqlite3changegroup_delete) changegroup_delete = nullptr;
    decltype(&::sqlite3changegroup_new) changegroup_new = nullptr;
    decltype(&::sqlite3changegroup_output) changegroup_output = nullptr;
    decltype(&::sqlite3session_attach) session_attach = nullptr;
    decltype(&::sqlite3session_changeset) session_changeset = nullptr;
    decltype(&::sqlite3session_create) session_create = nullptr;
    decltype(&::sqlite3session_delete) session_delete = nullptr;
    decltype(&::sqlite3session_diff) session_diff = nullptr;
    decltype(&::sqlite3session_enable) session_enable = nullptr;
    decltype(&::sqlite3session_isempty) session_isempty = nullptr;
    decltype(&::sqlite3session_memory_used) session_memory_used = nullptr;
    decltype(&::sqlite3session_table_filter) session_table_filter = nullptr;
};

/// Looked up by the first call, in the object that holds the host's SQLite.
[[nodiscard]] const HostFunctions& host_functions() noexcept;

/// Whether there are sessions and the preupdate hook.
[[nodiscard]] inline bool has_session_functions() noexcept {
    return host_functions().session_create != nullptr;
}

}  // namespace tidemark::sqlite

#define sqlite3_preupdate_blobwrite ::tidemark::sqlite::host_functions().preupdate_blobwrite
#define sqlite3_preupdate_count ::tidemark::sqlite::host_functions().preupdate_count
#define sqlite3_preupdate_hook ::tidemark::sqlite::host_functions().preupdate_hook
#define sqlite3_preupdate_new ::tidemark::sqlite::host_functions().preupdate_new
#define sqlite3_preupdate_old ::tidemark::sqlite::host_functions().preupdate_old
#define sqlite3changegroup_add ::tidemark::sqlite::host_functions().changegroup_add
#define sqlite3changegroup_delete ::tidemark::sqlite::host_functions().changegroup_delete
#define sqlite3changegroup_new ::tidemark::sqlite::host_functions().changegroup_new
#define sqlite3changegroup_output ::tidemark::sqlite::host_functions().changegroup_output
#define sqlite3session_attach ::tidemark::sqlite::host_functions().session_attach
#define sqlite3session_changeset ::tidemark::sqlite::host_functions().session_changeset
#define sqlite3session_create ::tidemark::sqlite::host_functions().session_create
#define sqlite3session_delete ::tidemark::sqlite::host_functions().session_delete
#define sqlite3session_diff ::tidemark::sqlite::host_functions().session_diff
#define sqlite3session_enable ::tidemark::sqlite::host_functions().session_enable
#define sqlite3session_isempty ::tidemark::sqlite::host_functions().session_isempty
#define sqlite3session_memory_used ::tidemark::sqlite::host_functions().session_memory_used
#define sqlite3session_table_filter ::tidemark::sqlite::host_functions().session_table_filter

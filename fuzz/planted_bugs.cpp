// Two bugs for the canary. The linker puts them between the library and what it calls
// (-Wl,--wrap), so that the library itself knows nothing of them. When a name here no longer is the
// name of anything that is called, nothing is wrapped, the fuzzer finds nothing, and the test of the
// canary fails.

#include <sqlite3.h>

// C linkage for the names of C++ functions, as the linker sees them.
extern "C" {

// tidemark::capture::TransactionLog::rollback_to(int)
void __real__ZN8tidemark7capture14TransactionLog11rollback_toEi(void* log, int index);  // NOLINT

// Under the trigger strategy: rolling back to an inner savepoint keeps what was logged since.
void __wrap__ZN8tidemark7capture14TransactionLog11rollback_toEi(void* log, int index) {  // NOLINT
    if (index < 1) __real__ZN8tidemark7capture14TransactionLog11rollback_toEi(log, index);
}

int __real_sqlite3changeset_next(sqlite3_changeset_iter* changes);   // NOLINT
int __wrap_sqlite3changeset_next(sqlite3_changeset_iter* changes) {  // NOLINT
    // Under the session strategy: the deletion of a row with three columns never happened.
    int rc = SQLITE_OK;
    const char* table = nullptr;
    int columns = 0;
    int operation = 0;
    int indirect = 0;
    do {
        rc = __real_sqlite3changeset_next(changes);
        if (rc == SQLITE_ROW) sqlite3changeset_op(changes, &table, &columns, &operation, &indirect);
    } while (rc == SQLITE_ROW && operation == SQLITE_DELETE && columns == 3);
    return rc;
}

}  // extern "C"

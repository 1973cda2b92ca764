// Only compiled into a loadable extension.

#include "sqlite/api.hpp"

#include <dlfcn.h>

#ifndef TIDEMARK_LOADABLE_EXTENSION
#error "this file belongs to the loadable extension"
#endif

namespace tidemark::sqlite {

namespace {

/// The object (program or library) that holds the host's SQLite. Symbols are looked up in it alone: a
/// lookup in all of the process may meet another SQLite.
class HostObject {
public:
    explicit HostObject(const void* function) noexcept {
        if (::dladdr(function, &object_) != 0) {
            handle_ = ::dlopen(object_.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
        }
    }
    HostObject(const HostObject&) = delete;
    HostObject& operator=(const HostObject&) = delete;
    ~HostObject() {
        if (handle_ != nullptr) ::dlclose(handle_);
    }

    template <typename Function>
    [[nodiscard]] bool find(Function& function, const char* name) const noexcept {
        void* const symbol = handle_ == nullptr ? nullptr : ::dlsym(handle_, name);
        Dl_info place{};
        // dlsym() goes on to what the object depends on.
        const bool found = symbol != nullptr && ::dladdr(symbol, &place) != 0 &&
                           place.dli_fbase == object_.dli_fbase;
        function = found ? reinterpret_cast<Function>(symbol) : nullptr;
        return found;
    }

private:
    Dl_info object_{};
    void* handle_ = nullptr;
};

HostFunctions find_host_functions() noexcept {
    const HostObject host(reinterpret_cast<const void*>(sqlite3_api->libversion_number));
    HostFunctions found;
    const bool all = host.find(found.preupdate_blobwrite, "sqlite3_preupdate_blobwrite") &&
                     host.find(found.preupdate_count, "sqlite3_preupdate_count") &&
                     host.find(found.preupdate_hook, "sqlite3_preupdate_hook") &&
                     host.find(found.preupdate_new, "sqlite3_preupdate_new") &&
                     host.find(found.preupdate_old, "sqlite3_preupdate_old") &&
                     host.find(found.changegroup_add, "sqlite3changegroup_add") &&
                     host.find(found.changegroup_delete, "sqlite3changegroup_delete") &&
                     host.find(found.changegroup_new, "sqlite3changegroup_new") &&
                     host.find(found.changegroup_output, "sqlite3changegroup_output") &&
                     host.find(found.session_attach, "sqlite3session_attach") &&
                     host.find(found.session_changeset, "sqlite3session_changeset") &&
                     host.find(found.session_create, "sqlite3session_create") &&
                     host.find(found.session_delete, "sqlite3session_delete") &&
                     host.find(found.session_diff, "sqlite3session_diff") &&
                     host.find(found.session_enable, "sqlite3session_enable") &&
                     host.find(found.session_isempty, "sqlite3session_isempty") &&
                     host.find(found.session_memory_used, "sqlite3session_memory_used") &&
                     host.find(found.session_table_filter, "sqlite3session_table_filter");
    return all ? found : HostFunctions{};
}

}  // namespace

const HostFunctions& host_functions() noexcept {
    static const HostFunctions functions = find_host_functions();
    return functions;
}

}  // namespace tidemark::sqlite

#include "sqlite/authorizer.hpp"

#include "sqlite/preupdate.hpp"

#include <string_view>

namespace tidemark::sqlite {
namespace {

bool is_own_name(const char* name) noexcept {
    return name != nullptr && std::string_view(name).starts_with("_tidemark_");
}

bool is_temp_schema_table(const char* table, const char* schema) noexcept {
    return table != nullptr && schema != nullptr && std::string_view(schema) == "temp" &&
           std::string_view(table) == "sqlite_temp_master";
}

}  // namespace

Authorizer::~Authorizer() {
    if (callback_ != nullptr) sqlite3_set_authorizer(connection_, callback_, context_);
}

void Authorizer::set(Callback callback, void* context) noexcept {
    callback_ = callback;
    context_ = context;
    dropping_own_trigger_ = false;
    sqlite3_set_authorizer(connection_, callback == nullptr ? nullptr : ask, this);
}

int Authorizer::ask(void* self, int action, const char* first, const char* second,
                    const char* schema, const char* inside) {
    auto& authorizer = *static_cast<Authorizer*>(self);
    if (authorizer.is_own(action, first, schema, inside)) return SQLITE_OK;
    return authorizer.callback_(authorizer.context_, action, first, second, schema, inside);
}

bool Authorizer::is_own(int action, const char* first, const char* schema,
                        const char* inside) noexcept {
    if (own_works_ > 0 || is_own_name(inside)) return true;
    if (owns_preupdate_hook_ && in_preupdate_hook(connection_)) return true;
    return drops_own_trigger(action, first, schema);
}

// DROP TABLE drops the table's TEMP triggers one by one: SQLite asks about the trigger, and then,
// without saying its name, about deleting its row from the schema table.
bool Authorizer::drops_own_trigger(int action, const char* first, const char* schema) noexcept {
    if (action == SQLITE_DROP_TEMP_TRIGGER) {
        dropping_own_trigger_ = is_own_name(first);
    } else if (dropping_own_trigger_) {
        dropping_own_trigger_ = is_temp_schema_table(first, schema);
    }
    return dropping_own_trigger_;
}

}  // namespace tidemark::sqlite

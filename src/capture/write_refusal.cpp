#include "capture/write_refusal.hpp"

#include "sqlite/connection.hpp"
#include "sqlite/error.hpp"

namespace tidemark::capture {
namespace {

using Flag = std::shared_ptr<std::atomic<bool>>;

void refuse_function(sqlite3_context* context, int, sqlite3_value**) {
    const auto* flag = static_cast<Flag*>(sqlite3_user_data(context));
    if (!(*flag)->load(std::memory_order_relaxed)) return;
    sqlite3_result_error(context,
                         "tidemark: changes that are not on disk yet have reached the pending "
                         "limit; writing goes on when the disk has caught up",
                         -1);
    sqlite3_result_error_code(context, SQLITE_FULL);
}

void destroy_flag(void* flag) { delete static_cast<Flag*>(flag); }

}  // namespace

WriteRefusal::~WriteRefusal() {
    set(false);
    if (installed_.empty() || sqlite::is_closed(connection_)) return;
    if (!sqlite::at_transaction_boundary(connection_)) return;
    try {
        remove();
    } catch (const Error&) {
        // What stays behind does nothing.
    }
}

void WriteRefusal::arrange(const std::vector<std::string>& tables) {
    if (refusing() == !installed_.empty()) return;
    if (sqlite::has_running_statements(connection_)) return;
    if (refusing()) {
        install(tables);
    } else {
        remove();
    }
}

void WriteRefusal::install(const std::vector<std::string>& tables) {
    constexpr const char* operation = "make the RAM database refuse writes";
    if (!registered_) {
        sqlite::check(connection_,
                      sqlite3_create_function_v2(
                          connection_, "_tidemark_refuse", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS,
                          new Flag(refusing_), refuse_function, nullptr, nullptr, destroy_flag),
                      operation);
        registered_ = true;
    }
    for (const std::string& table : tables) {
        for (const char* event : {"INSERT", "UPDATE", "DELETE"}) {
            const std::string name = "_tidemark_refuse_" + std::to_string(installed_.size());
            sqlite::execute(connection_,
                            "CREATE TEMP TRIGGER " + name + " BEFORE " + event + " ON main." +
                                sqlite::quoted(table) + " BEGIN SELECT _tidemark_refuse(); END",
                            operation);
            installed_.push_back(name);
        }
    }
}

void WriteRefusal::remove() {
    for (const std::string& name : installed_) {
        sqlite::execute(connection_, "DROP TRIGGER IF EXISTS temp." + name,
                        "let the RAM database take writes again");
    }
    installed_.clear();
}

}  // namespace tidemark::capture

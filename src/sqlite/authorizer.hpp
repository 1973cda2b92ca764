#pragma once

#include "sqlite/api.hpp"

namespace tidemark::sqlite {

/// Stands between SQLite and the application's authorizer, which is asked about what the application
/// does and about nothing else. SQLite has one authorizer per connection, and no function that says
/// which one.
///
/// What is not asked about: statements while an `OwnWork` lives; the bodies of triggers whose names
/// begin with `_tidemark_`; what the session extension asks from inside its preupdate hook; and the
/// removal of those triggers together with the application's table.
///
/// Used under the lock of the connection only.
class Authorizer {
public:
    /// As `sqlite3_set_authorizer` takes it.
    using Callback = int (*)(void* context, int action, const char* first, const char* second,
                             const char* schema, const char* inside);

    explicit Authorizer(sqlite3* connection) noexcept : connection_(connection) {}
    Authorizer(const Authorizer&) = delete;
    Authorizer& operator=(const Authorizer&) = delete;
    /// The application's authorizer stays on the connection.
    ~Authorizer();

    /// Null: none. Like SQLite's function it makes all statements be prepared again when they run
    /// next.
    void set(Callback callback, void* context) noexcept;

    /// From now on everything inside a preupdate hook is ours.
    void own_preupdate_hook() noexcept { owns_preupdate_hook_ = true; }

    /// Whether an OwnWork lives.
    [[nodiscard]] bool at_own_work() const noexcept { return own_works_ > 0; }

    /// What the connection is used for while it lives is tidemark's own work. May be nested.
    class OwnWork {
    public:
        explicit OwnWork(Authorizer& authorizer) noexcept : authorizer_(authorizer) {
            ++authorizer_.own_works_;
        }
        OwnWork(const OwnWork&) = delete;
        OwnWork& operator=(const OwnWork&) = delete;
        ~OwnWork() { --authorizer_.own_works_; }

    private:
        Authorizer& authorizer_;
    };

private:
    static int ask(void* self, int action, const char* first, const char* second,
                   const char* schema, const char* inside);
    [[nodiscard]] bool is_own(int action, const char* first, const char* schema,
                              const char* inside) noexcept;
    [[nodiscard]] bool drops_own_trigger(int action, const char* first,
                                         const char* schema) noexcept;

    sqlite3* connection_;
    Callback callback_ = nullptr;
    void* context_ = nullptr;
    int own_works_ = 0;
    bool owns_preupdate_hook_ = false;
    // SQLite is dropping a trigger of ours, and goes on to ask about the rows of the schema table.
    bool dropping_own_trigger_ = false;
};

}  // namespace tidemark::sqlite

#pragma once

#include "c_api/settings.hpp"

#include <tidemark/destination.hpp>
#include <tidemark/tidemark.h>

#include <functional>
#include <optional>
#include <string>

struct sqlite3;

namespace tidemark::c_api {

struct DestinationSettings {
    DestinationOptions chosen{};
    /// Of a SQLite file; empty when `chosen` has a destination of the application's own.
    std::optional<std::string> path{};
    SqliteDestinationOptions file{};
};

/// Throws Error when something could not be set.
[[nodiscard]] DestinationOptions destination_of(const tidemark_destination& destination);

/// A function of the application's as what the library calls with a connection; empty for null.
[[nodiscard]] std::function<void(sqlite3*)> preparing(int (*prepare)(void* context, sqlite3* disk),
                                                      void* context);

/// Calls the functions of a destination of the application's own, and destroys its context.
class CallingDestination final : public Destination {
public:
    /// Copies as much of them as their `size` says.
    CallingDestination(std::string name, const tidemark_destination_functions& functions) noexcept;
    CallingDestination(const CallingDestination&) = delete;
    CallingDestination& operator=(const CallingDestination&) = delete;
    ~CallingDestination() override;

    std::optional<DestinationMark> mark() override;
    void load(const Changes& content, const DestinationMark& mark) override;
    void apply(const Changes& batch, const DestinationMark& mark) override;
    void disconnect() noexcept override;

private:
    template <typename Function, typename... Arguments>
    void call(const char* operation, Function function, Arguments... arguments);

    std::string name_;
    tidemark_destination_functions functions_{};
};

}  // namespace tidemark::c_api

struct tidemark_destination  // NOLINT(readability-identifier-naming)
    : tidemark::c_api::Settings<tidemark::c_api::DestinationSettings> {};

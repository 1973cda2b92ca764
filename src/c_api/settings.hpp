#pragma once

#include "c_api/guard.hpp"

#include <utility>

namespace tidemark::c_api {

/// What a handle for options holds: what has been set, and the first complaint about that.
template <typename Values>
struct Settings {
    Values values{};
    ErrorPointer complaint{};
};

/// Sets something; what it throws is remembered, unless there is a complaint already.
template <typename Values, typename Set>
void set(Settings<Values>* settings, Set set) noexcept {
    if (settings == nullptr) return;
    tidemark_error* error = nullptr;
    if (guarded(&error, [&] { set(settings->values); }) == TIDEMARK_OK) return;
    ErrorPointer complaint(error);
    if (!settings->complaint) settings->complaint = std::move(complaint);
}

/// Throws Error when something could not be set.
template <typename Values>
const Values& accepted(const Settings<Values>& settings) {
    if (settings.complaint) throw error_of(*settings.complaint);
    return settings.values;
}

}  // namespace tidemark::c_api

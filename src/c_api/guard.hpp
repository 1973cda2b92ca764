#pragma once

#include <tidemark/error.hpp>
#include <tidemark/tidemark.h>

#include <memory>
#include <string>
#include <utility>

namespace tidemark::c_api {

/// An error of the C interface, and what it points into.
struct OwnedError final : tidemark_error {
    explicit OwnedError(const Error& from);
    OwnedError(const OwnedError&) = delete;
    OwnedError& operator=(const OwnedError&) = delete;
    ~OwnedError() = default;

private:
    Error kept_;
};

struct DestroyError {
    void operator()(tidemark_error* error) const noexcept { tidemark_error_destroy(error); }
};
using ErrorPointer = std::unique_ptr<tidemark_error, DestroyError>;

/// Never null: without memory it is an error about that, which needs none.
[[nodiscard]] ErrorPointer make_error(const Error& from) noexcept;

/// The other way round.
[[nodiscard]] Error error_of(const tidemark_error& from);

/// A mistake of the caller's in what it has passed as `argument`.
[[nodiscard]] Error misuse(std::string argument, std::string reason, std::string advice);

/// For a catch block: what was caught, as a result and, if `error` is not null, as an object.
[[nodiscard]] int report_caught(tidemark_error** error) noexcept;

/// What every function that can fail does: no exception leaves it.
template <typename Work>
[[nodiscard]] int guarded(tidemark_error** error, Work&& work) noexcept {
    if (error != nullptr) *error = nullptr;
    try {
        std::forward<Work>(work)();
        return TIDEMARK_OK;
    } catch (...) {
        return report_caught(error);
    }
}

template <typename Pointer>
Pointer* required(Pointer* pointer, const char* argument) {
    if (pointer != nullptr) return pointer;
    throw misuse(argument, "it is NULL", "pass what the function asks for");
}

/// Empties what a function hands out, so that it is defined whatever happens.
template <typename Out>
Out& required_out(Out* out, const char* argument) {
    *required(out, argument) = Out{};
    return *out;
}

/// A text that tidemark_string_destroy() takes.
[[nodiscard]] char* copied(const std::string& text);

}  // namespace tidemark::c_api

#include "c_api/guard.hpp"

#include "sqlite/api.hpp"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

namespace tidemark::c_api {
namespace {

// For the moment in which nothing can be allocated: nobody owns it, and nobody changes it.
constinit tidemark_error no_memory{
    .code = SQLITE_NOMEM,
    .retryable = 1,
    .message = "cannot do what was asked: out of memory; free some memory and try again",
    .operation = "do what was asked",
    .object = "",
    .reason = "out of memory",
    .advice = "free some memory and try again",
};

int result_of(int code) noexcept {
    switch (code & 0xff) {
        case SQLITE_NOMEM:
            return TIDEMARK_NO_MEMORY;
        case SQLITE_MISUSE:
            return TIDEMARK_MISUSE;
        default:
            return TIDEMARK_ERROR;
    }
}

int hand_out(const Error& from, tidemark_error** error) noexcept {
    if (error != nullptr) *error = make_error(from).release();
    return result_of(from.code());
}

int report_foreign(const char* what, tidemark_error** error) noexcept {
    try {
        static_cast<void>(hand_out(Error({.operation = "do what was asked",
                                          .reason = what,
                                          .advice = "report this as a mistake in tidemark"}),
                                   error));
        return TIDEMARK_INTERNAL;
    } catch (...) {
        if (error != nullptr) *error = &no_memory;
        return TIDEMARK_NO_MEMORY;
    }
}

}  // namespace

OwnedError::OwnedError(const Error& from) : tidemark_error{}, kept_(from) {
    code = kept_.code();
    retryable = kept_.retryable() ? 1 : 0;
    message = kept_.what();
    operation = kept_.operation().c_str();
    object = kept_.object().c_str();
    reason = kept_.reason().c_str();
    advice = kept_.advice().c_str();
}

ErrorPointer make_error(const Error& from) noexcept {
    try {
        return ErrorPointer(std::make_unique<OwnedError>(from).release());
    } catch (const std::bad_alloc&) {
        return ErrorPointer(&no_memory);
    }
}

Error error_of(const tidemark_error& from) {
    return Error({.code = from.code,
                  .operation = from.operation,
                  .object = from.object,
                  .reason = from.reason,
                  .advice = from.advice,
                  .retryable = from.retryable != 0});
}

Error misuse(std::string argument, std::string reason, std::string advice) {
    return Error({.code = SQLITE_MISUSE,
                  .operation = "use the argument",
                  .object = std::move(argument),
                  .reason = std::move(reason),
                  .advice = std::move(advice)});
}

int report_caught(tidemark_error** error) noexcept {
    try {
        throw;
    } catch (const Error& caught) {
        return hand_out(caught, error);
    } catch (const std::bad_alloc&) {
        if (error != nullptr) *error = &no_memory;
        return TIDEMARK_NO_MEMORY;
    } catch (const std::exception& caught) {
        return report_foreign(caught.what(), error);
    } catch (...) {
        return report_foreign("an exception of an unknown kind", error);
    }
}

char* copied(const std::string& text) {
    auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
    if (copy == nullptr) throw std::bad_alloc();
    std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

}  // namespace tidemark::c_api

using namespace tidemark::c_api;

const char* tidemark_version(void) { return TIDEMARK_VERSION; }

int tidemark_version_number(void) { return TIDEMARK_VERSION_NUMBER; }

void tidemark_string_destroy(char* text) { std::free(text); }

void tidemark_error_destroy(tidemark_error* error) {
    if (error != &no_memory) delete static_cast<OwnedError*>(error);
}

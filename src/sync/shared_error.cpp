#include "sync/shared_error.hpp"

#include <exception>
#include <new>
#include <utility>

namespace tidemark::sync {

bool same_cause(const Error& left, const Error& right) noexcept {
    const bool passing = left.code() != 0 && left.retryable() && right.retryable();
    return left.code() == right.code() && (passing || left.reason() == right.reason());
}

ErrorCatcher::ErrorCatcher(std::string path)
    : path_(std::move(path)), out_of_memory_(unexpected("out of memory")) {}

SharedError ErrorCatcher::current() const noexcept {
    try {
        try {
            throw;
        } catch (const Error& error) {
            return std::make_shared<const Error>(error);
        } catch (const std::bad_alloc&) {
            return out_of_memory_;
        } catch (const std::exception& exception) {
            return unexpected(exception.what());
        } catch (...) {
            return unexpected("an exception of unknown type");
        }
    } catch (...) {
        return out_of_memory_;
    }
}

SharedError ErrorCatcher::unexpected(const char* reason) const {
    return std::make_shared<const Error>(
        Error::Parts{.operation = "sync", .object = path_, .reason = reason, .retryable = true});
}

}  // namespace tidemark::sync

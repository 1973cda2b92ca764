#pragma once

#include <tidemark/error.hpp>

#include <memory>
#include <string>

namespace tidemark::sync {

/// An error that can be kept and passed on when there is no memory for a copy.
using SharedError = std::shared_ptr<const Error>;

/// Whether the one is no news after the other. What the system adds to SQLite's words can differ from
/// one attempt to the next.
[[nodiscard]] bool same_cause(const Error& left, const Error& right) noexcept;

/// Turns whatever is thrown into an Error, also when memory has run out.
class ErrorCatcher {
public:
    /// Errors that are not tidemark's own will name `path`.
    explicit ErrorCatcher(std::string path);

    /// The exception that is being handled. One that is not tidemark's is retryable: it may pass,
    /// and nothing is lost by trying.
    [[nodiscard]] SharedError current() const noexcept;

private:
    [[nodiscard]] SharedError unexpected(const char* reason) const;

    std::string path_;
    /// Made while there is memory.
    SharedError out_of_memory_;
};

}  // namespace tidemark::sync

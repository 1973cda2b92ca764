#pragma once

#include <tidemark/export.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace tidemark {

/// What every function of tidemark throws when it cannot do what it was asked.
///
/// An error is a value: it is kept as the *last error* of a database, handed to the observer from
/// the sync thread, and may be copied between threads.
class TIDEMARK_EXPORT Error : public std::runtime_error {
public:
    /// The parts of an error. A designated initialiser names them where an error is made.
    struct Parts {
        /// SQLite's extended result code, or 0 when SQLite was not involved.
        int code = 0;
        /// What was tried, as a verb phrase: "open the disk database".
        std::string operation{};
        /// On what: a path, a table, an option.
        std::string object{};
        /// What went wrong, in SQLite's words where SQLite said it.
        std::string reason{};
        /// What the reader can do about it.
        std::string advice{};
        /// Whether the same call can succeed later without anybody changing the program.
        bool retryable = false;
    };

    explicit Error(Parts parts);
    /// Copies the text too, which copies of a std::runtime_error share: an error may be read on one
    /// thread while a copy of it goes on another.
    Error(const Error& other);
    Error& operator=(const Error& other);
    ~Error() override = default;

    /// SQLite's extended result code (`code() & 0xff` is the primary one), or 0.
    [[nodiscard]] int code() const noexcept { return parts_.code; }
    [[nodiscard]] const std::string& operation() const noexcept { return parts_.operation; }
    [[nodiscard]] const std::string& object() const noexcept { return parts_.object; }
    [[nodiscard]] const std::string& reason() const noexcept { return parts_.reason; }
    [[nodiscard]] const std::string& advice() const noexcept { return parts_.advice; }
    /// True for a full disk, a held lock, an I/O error: the cause can go away by itself, and the
    /// sync loop tries again. False for what only a person can change.
    [[nodiscard]] bool retryable() const noexcept { return parts_.retryable; }

private:
    Parts parts_;
};

}  // namespace tidemark

#pragma once

// A destination of your own in a page: a file to which each batch is appended as one line of JSON, for
// whatever reads such files (jq, a log shipper). It shows how exactly once is done where there are no
// transactions: a line holds the batch and its mark, and the newline at its end is the commit.
//
//     {"source":"<id>","mark":12,"load":false,"batch":{"batch":12,"time":...,"changes":[...]}}
//
// A reader begins anew at each line with "load":true, which holds the whole database, and leaves out a
// last line that has no end. After a crash that line is cut off, and written again.

#include <tidemark/destination.hpp>
#include <tidemark/error.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

class JsonLines final : public tidemark::Destination {
public:
    explicit JsonLines(std::string path) : path_(std::move(path)) {}
    ~JsonLines() override { disconnect(); }

    std::optional<tidemark::DestinationMark> mark() override {
        disconnect();
        file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (file_ < 0) fail("open");
        struct stat status {};
        if (::fstat(file_, &status) != 0) fail("read");
        const off_t end = behind_last_newline(status.st_size);
        // What a crash has left of a line, or a full disk.
        if (end != status.st_size && ::ftruncate(file_, end) != 0) fail("truncate");
        if (end == 0) return std::nullopt;
        return read_mark(behind_last_newline(end - 1));
    }

    void load(const tidemark::Changes& content, const tidemark::DestinationMark& mark) override {
        append(content, mark, true);
    }
    void apply(const tidemark::Changes& batch, const tidemark::DestinationMark& mark) override {
        append(batch, mark, false);
    }

    void disconnect() noexcept override {
        if (file_ >= 0) ::close(std::exchange(file_, -1));
    }

private:
    void append(const tidemark::Changes& batch, const tidemark::DestinationMark& mark,
                bool is_load) {
        const std::string line =
            "{\"source\":\"" + mark.source + "\",\"mark\":" + std::to_string(mark.batch) +
            ",\"load\":" + (is_load ? "true" : "false") + ",\"batch\":" + batch.to_json() + "}\n";
        for (std::size_t written = 0; written < line.size();) {
            const ssize_t part = ::write(file_, line.data() + written, line.size() - written);
            if (part < 0 && errno != EINTR) fail("write");
            if (part > 0) written += static_cast<std::size_t>(part);
        }
        if (::fdatasync(file_) != 0) fail("sync");
    }

    /// 0 when there is none before `end`.
    [[nodiscard]] off_t behind_last_newline(off_t end) const {
        char block[4096];
        while (end > 0) {
            const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(sizeof block));
            const std::string_view bytes = read(block, begin, end);
            if (const auto found = bytes.rfind('\n'); found != std::string_view::npos) {
                return begin + static_cast<off_t>(found) + 1;
            }
            end = begin;
        }
        return 0;
    }

    /// Of the line that begins there.
    [[nodiscard]] tidemark::DestinationMark read_mark(off_t line) const {
        constexpr std::string_view before = "{\"source\":\"";
        constexpr std::string_view between = "\",\"mark\":";
        char block[128];
        const std::string_view head = read(block, line, line + static_cast<off_t>(sizeof block));
        const auto source_end = head.find(between);
        tidemark::DestinationMark mark;
        if (!head.starts_with(before) || source_end == std::string_view::npos) refuse();
        mark.source = head.substr(before.size(), source_end - before.size());
        const std::string_view number = head.substr(source_end + between.size());
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), mark.batch);
        if (error != std::errc() || *end != ',') refuse();
        return mark;
    }

    template <std::size_t size>
    [[nodiscard]] std::string_view read(char (&block)[size], off_t begin, off_t end) const {
        const ssize_t got = ::pread(file_, block, static_cast<std::size_t>(end - begin), begin);
        if (got < 0) fail("read");
        return {block, static_cast<std::size_t>(got)};
    }

    /// A full disk gets room again, a folder comes back: whatever the system says, it is tried again.
    [[noreturn]] void fail(const char* what) const {
        throw tidemark::Error({.operation = std::string(what) + " the file",
                               .object = path_,
                               .reason = std::generic_category().message(errno),
                               .retryable = true});
    }
    [[noreturn]] void refuse() const {
        throw tidemark::Error({.operation = "read the last line of",
                               .object = path_,
                               .reason = "it has no mark",
                               .advice = "name another file, or move this one away"});
    }

    const std::string path_;
    int file_ = -1;
};

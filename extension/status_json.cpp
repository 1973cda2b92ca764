#include "status_json.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace extension {
namespace {

/// Writes one JSON object, member by member.
class Object {
public:
    void add(const char* name, std::uint64_t number) { raw(name, std::to_string(number)); }
    void add(const char* name, bool value) { raw(name, value ? "true" : "false"); }
    void add(const char* name, std::string_view text) { raw(name, quoted(text)); }
    void add(const char* name, const char* text) { add(name, std::string_view(text)); }
    void add_null(const char* name) { raw(name, "null"); }
    void add(const char* name, const std::optional<tidemark::Error>& error) {
        if (error) {
            add(name, error->what());
        } else {
            add_null(name);
        }
    }
    [[nodiscard]] std::string text() const { return text_ + "}"; }

private:
    void raw(const char* name, const std::string& value) {
        text_ += (text_.size() == 1 ? "\"" : ",\"") + std::string(name) + "\":" + value;
    }

    static std::string quoted(std::string_view text) {
        constexpr char digits[] = "0123456789abcdef";
        std::string result = "\"";
        for (const char character : text) {
            const auto byte = static_cast<unsigned char>(character);
            if (character == '"' || character == '\\') {
                result += '\\';
                result += character;
            } else if (byte < 0x20) {
                result += "\\u00";
                result += digits[byte >> 4U];
                result += digits[byte & 0xfU];
            } else {
                result += character;
            }
        }
        return result += '"';
    }

    std::string text_ = "{";
};

template <typename Duration>
std::uint64_t microseconds(Duration duration) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

}  // namespace

std::string status_json(const std::optional<tidemark::Status>& status) {
    Object object;
    object.add("open", status.has_value());
    if (!status) return object.text();
    object.add("path", status->path);
    object.add("state", tidemark::to_string(status->state));
    object.add("strategy", tidemark::to_string(status->strategy));
    object.add("mark", status->mark);
    object.add("pending_changes", status->pending_changes);
    object.add("pending_bytes", status->pending_bytes);
    object.add("refusing_writes", status->refusing_writes);
    object.add("lag_us", microseconds(status->lag));
    object.add("syncs", status->syncs);
    object.add("synced_changes", status->synced_changes);
    object.add("whole_copies", status->whole_copies);
    object.add("failures", status->failures);
    if (status->last_sync) {
        object.add("last_sync_ms", microseconds(status->last_sync->time_since_epoch()) / 1000);
    } else {
        object.add_null("last_sync_ms");
    }
    object.add("last_sync_duration_us", microseconds(status->last_sync_duration));
    object.add("wal_bytes", status->wal_bytes);
    object.add("last_error", status->last_error);
    object.add("checkpoint_error", status->checkpoint_error);
    return object.text();
}

}  // namespace extension

#include "units.hpp"

#include "terminal.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

namespace cli {
namespace {

struct Unit {
    std::string_view name;
    double factor;
};

constexpr std::array<Unit, 5> duration_units{
    {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 24 * 3600e3}}};

constexpr double kibi = 1024;
constexpr std::array<Unit, 8> size_units{{{"", 1},
                                          {"b", 1},
                                          {"kb", 1e3},
                                          {"mb", 1e6},
                                          {"gb", 1e9},
                                          {"kib", kibi},
                                          {"mib", kibi* kibi},
                                          {"gib", kibi* kibi* kibi}}};

// Beyond these a number is a slip of the keyboard, and arithmetic with it could overflow.
constexpr double milliseconds_max = 1e12;
constexpr double bytes_max = 1e15;

std::string lower_case(std::string_view text) {
    std::string lower{text};
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return lower;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
    const auto found = std::find_if(units.begin(), units.end(),
                                    [&](const Unit& unit) { return unit.name == name; });
    return found == units.end() ? nullptr : &*found;
}

struct Quantity {
    double number;
    std::string unit;
};

std::optional<Quantity> split_quantity(std::string_view text) {
    const auto unit_begin = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view digits = text.substr(0, unit_begin);
    Quantity quantity{0, lower_case(text.substr(unit_begin))};
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), quantity.number);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return quantity;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto quantity = split_quantity(text);
    if (!quantity) {
        return std::nullopt;
    }
    if (quantity->unit.empty() && quantity->number == 0) {
        return std::chrono::milliseconds{0};
    }
    const Unit* unit = find_unit(duration_units, quantity->unit);
    const double milliseconds = unit == nullptr ? -1 : quantity->number * unit->factor;
    // Rounding half a millisecond to zero would turn "often" into "always".
    const bool too_short = milliseconds != 0 && milliseconds < 1;
    if (too_short || milliseconds > milliseconds_max) {
        return std::nullopt;
    }
    return std::chrono::milliseconds{std::llround(milliseconds)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    const auto quantity = split_quantity(text);
    const Unit* unit = quantity ? find_unit(size_units, quantity->unit) : nullptr;
    if (unit == nullptr || quantity->number * unit->factor > bytes_max) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(std::llround(quantity->number * unit->factor));
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return count;
}

std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) {
    using namespace std::chrono;
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    std::string time{text};
    if (time.ends_with('Z')) time.pop_back();
    std::replace(time.begin(), time.end(), 'T', ' ');
    int length = 0;
    const auto matches = [&time, &length](int fields, int wanted) {
        return fields == wanted && length == static_cast<int>(time.size());
    };
    const char* const format = "%4d-%2u-%2u %2u:%2u:%2u%n";
    const int full =
        std::sscanf(time.c_str(), format, &year, &month, &day, &hour, &minute, &second, &length);
    bool known = matches(full, 6);
    if (!known && full == 5) {
        known = matches(std::sscanf(time.c_str(), "%4d-%2u-%2u %2u:%2u%n", &year, &month, &day,
                                    &hour, &minute, &length),
                        5);
    }
    if (!known && full == 3) {
        known =
            matches(std::sscanf(time.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &length), 3);
    }
    const year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                              std::chrono::day{day}};
    // The clock of the system counts nanoseconds in 64 bits: until the year 2262.
    const bool can_be = date.ok() && year >= 1970 && year < 2262;
    if (!known || !can_be || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
}

std::string format_duration(std::chrono::nanoseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    return seconds < 1 ? fmt::format("{:.1f} ms", seconds * 1e3) : fmt::format("{:.2f} s", seconds);
}

std::string format_time(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", std::chrono::floor<std::chrono::seconds>(time));
}

std::string format_size(std::uint64_t bytes) {
    if (bytes < 1024) {
        return format_plural(bytes, "byte");
    }
    double amount = static_cast<double>(bytes) / kibi;
    constexpr std::array<const char*, 4> names{"KiB", "MiB", "GiB", "TiB"};
    std::size_t index = 0;
    for (; amount >= kibi && index + 1 < names.size(); ++index) {
        amount /= kibi;
    }
    return fmt::format("{:.1f} {}", amount, names.at(index));
}

std::string format_count(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t place = digits.size(); place > 3;) {
        place -= 3;
        digits.insert(place, 1, ',');
    }
    return digits;
}

std::string format_plural(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string format_changes(const tidemark::TableChanges& table) {
    std::vector<std::string> parts;
    const auto add = [&parts](std::uint64_t count, const char* what) {
        if (count > 0) parts.push_back(fmt::format("{} {}", format_count(count), what));
    };
    add(table.inserts, "inserted");
    add(table.updates, "updated");
    add(table.deletes, "deleted");
    return fmt::format("{}: {}", printable(table.table), fmt::join(parts, ", "));
}

}  // namespace cli

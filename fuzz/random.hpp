#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::fuzz {

/// Random numbers that are the same everywhere for the same seed (SplitMix64): the distributions of
/// the standard library are not.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }

    /// 0 … limit - 1.
    std::size_t below(std::size_t limit) noexcept {
        return static_cast<std::size_t>(next() % limit);
    }
    /// first … last.
    std::size_t between(std::size_t first, std::size_t last) noexcept {
        return first + below(last - first + 1);
    }
    bool percent(std::size_t chance) noexcept { return below(100) < chance; }

    std::string one_of(std::initializer_list<std::string_view> choices) {
        return std::string(choices.begin()[below(choices.size())]);
    }
    template <typename T>
    const T& one_of(const std::vector<T>& choices) {
        return choices[below(choices.size())];
    }
    /// By value: a reference would outlive the list.
    template <typename T>
    T one_of(std::vector<T>&& choices) {
        return std::move(choices[below(choices.size())]);
    }

private:
    std::uint64_t state_;
};

}  // namespace tidemark::fuzz

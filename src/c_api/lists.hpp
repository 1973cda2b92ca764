#pragma once

#include <tidemark/tidemark.h>

#include <string>
#include <vector>

namespace tidemark::c_api {

/// A list of strings of the C interface. `strings` must outlive it.
class OwnedStrings {
public:
    [[nodiscard]] tidemark_strings view(const std::vector<std::string>& strings) {
        pointers_.clear();
        pointers_.reserve(strings.size());
        for (const std::string& string : strings) pointers_.push_back(string.c_str());
        return {pointers_.size(), pointers_.data()};
    }

private:
    std::vector<const char*> pointers_;
};

/// A list of structs of the C interface, handed out as pointers: their size may grow.
template <typename Item>
class OwnedList {
public:
    template <typename From, typename Make>
    void fill(const std::vector<From>& from, Make make) {
        items_.reserve(from.size());
        pointers_.reserve(from.size());
        for (const From& each : from) items_.push_back(make(each));
        for (const Item& item : items_) pointers_.push_back(&item);
    }
    [[nodiscard]] std::size_t count() const noexcept { return pointers_.size(); }
    [[nodiscard]] const Item* const* data() const noexcept { return pointers_.data(); }

private:
    std::vector<Item> items_;
    std::vector<const Item*> pointers_;
};

}  // namespace tidemark::c_api

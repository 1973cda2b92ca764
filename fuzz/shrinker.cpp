#include "shrinker.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

/// Removes elements from a list while `test` holds for the rest: halves first, then smaller and
/// smaller pieces, until no single element can go.
template <typename T>
std::vector<T> reduce(std::vector<T> list, const std::function<bool(const std::vector<T>&)>& test,
                      Clock::time_point deadline) {
    for (std::size_t size = std::max<std::size_t>(list.size() / 2, 1); !list.empty();) {
        bool removed = false;
        // From the end: what comes later depends on what came before.
        for (std::size_t end = list.size(); end > 0 && Clock::now() < deadline;) {
            const std::size_t begin = end > size ? end - size : 0;
            std::vector<T> candidate(list.begin(),
                                     list.begin() + static_cast<std::ptrdiff_t>(begin));
            candidate.insert(candidate.end(), list.begin() + static_cast<std::ptrdiff_t>(end),
                             list.end());
            if (test(candidate)) {
                list = std::move(candidate);
                removed = true;
            }
            end = begin;
        }
        if (Clock::now() >= deadline || (size == 1 && !removed)) break;
        size = removed && size == 1 ? 1 : std::max<std::size_t>(size / 2, 1);
    }
    return list;
}

bool is_word(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '.';
}

// Words, quoted strings as a whole, single signs; a space belongs to what stands before it.
std::vector<std::string> tokens(const std::string& sql) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < sql.size();) {
        std::size_t end = i + 1;
        if (sql[i] == '\'' || sql[i] == '"') {
            end = std::min(sql.find(sql[i], i + 1), sql.size() - 1) + 1;
        } else if (is_word(sql[i])) {
            while (end < sql.size() && is_word(sql[end])) ++end;
        }
        while (end < sql.size() && sql[end] == ' ') ++end;
        out.push_back(sql.substr(i, end - i));
        i = end;
    }
    return out;
}

std::string join(const std::vector<std::string>& tokens) {
    std::string sql;
    for (const std::string& token : tokens) sql += token;
    return sql;
}

class Shrinking {
public:
    Shrinking(Script script, const Test& test, Clock::time_point deadline)
        : script_(std::move(script)), test_(test), deadline_(deadline) {}

    Script run() {
        std::size_t before = 0;
        do {
            before = to_text(script_).size();
            reduce_steps(&Script::steps);
            reduce_steps(&Script::setup);
            simplify_head();
            reduce_sql(&Script::steps);
            reduce_sql(&Script::setup);
        } while (to_text(script_).size() < before && Clock::now() < deadline_);
        return script_;
    }

private:
    using Part = std::vector<Step> Script::*;

    void reduce_steps(Part part) {
        const auto test = [&](const std::vector<Step>& steps) {
            Script candidate = script_;
            candidate.*part = steps;
            return test_(candidate);
        };
        script_.*part = reduce<Step>(script_.*part, test, deadline_);
    }

    void simplify_head() {
        for (bool Script::*member : {&Script::background, &Script::attached}) {
            Script candidate = script_;
            candidate.*member = false;
            if (script_.*member && test_(candidate)) script_ = candidate;
        }
    }

    void reduce_sql(Part part) {
        for (std::size_t i = 0; i < (script_.*part).size(); ++i) {
            const auto test = [&](const std::vector<std::string>& words) {
                Script candidate = script_;
                (candidate.*part)[i].sql = join(words);
                return !words.empty() && test_(candidate);
            };
            const std::vector<std::string> all = tokens((script_.*part)[i].sql);
            if (all.empty()) continue;
            (script_.*part)[i].sql = join(reduce<std::string>(all, test, deadline_));
        }
    }

    Script script_;
    const Test& test_;
    const Clock::time_point deadline_;
};

}  // namespace

Script shrink(const Script& failing, const Test& still_fails, Clock::duration time) {
    return Shrinking(failing, still_fails, Clock::now() + time).run();
}

}  // namespace tidemark::fuzz

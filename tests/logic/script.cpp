#include "logic/script.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace tidemark::tests::logic {

namespace {

constexpr std::string_view our_database = "sqlite";
constexpr std::string_view result_separator = "----";

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream in(line);
    return {std::istream_iterator<std::string>(in), {}};
}

/// The lines of a file, one after the other.
class Lines {
public:
    explicit Lines(std::string_view text) : text_(text) {}

    bool next() {
        if (text_.empty()) {
            line_.clear();
            return false;
        }
        const std::size_t end = text_.find('\n');
        line_ = text_.substr(0, end);
        text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
        if (line_.ends_with('\r')) {
            line_.pop_back();
        }
        ++number_;
        return true;
    }
    /// As next(), but a blank line ends it too.
    bool next_of_record() { return next() && !line_.empty(); }

    [[nodiscard]] const std::string& line() const noexcept { return line_; }
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    std::string_view text_;
    std::string line_;
    int number_ = 0;
};

class Parser {
public:
    Parser(const std::string& file, std::string_view text) : lines_(text) { script_.file = file; }

    Script parse() {
        while (!halted_ && lines_.next()) {
            if (lines_.line().starts_with('#')) {
                continue;
            }
            if (const auto words = words_of(lines_.line()); !words.empty()) {
                parse_command(words);
            }
        }
        return std::move(script_);
    }

private:
    void parse_command(const std::vector<std::string>& words) {
        const std::string& command = words.front();
        if (command == "skipif" || command == "onlyif") {
            const bool named = argument(words, 1) == our_database;
            skipped_ = skipped_ || named == (command == "skipif");
            return;  // holds for the record below
        }
        if (command == "statement") {
            parse_statement(words);
        } else if (command == "query") {
            parse_query(words);
        } else if (command == "halt") {
            halted_ = !skipped_;
        } else if (command != "hash-threshold") {  // how a result is written tells by itself
            fail("unknown command '" + command + "'");
        }
        skipped_ = false;
    }

    void parse_statement(const std::vector<std::string>& words) {
        const std::string& ending = argument(words, 1);
        if (ending != "ok" && ending != "error") {
            fail("a statement ends with 'ok' or 'error', not '" + ending + "'");
        }
        Record record{lines_.number(), {}, StatementRecord{ending == "ok"}};
        while (lines_.next_of_record()) {
            append_sql(record);
        }
        add(std::move(record));
    }

    void parse_query(const std::vector<std::string>& words) {
        QueryRecord query;
        query.types = argument(words, 1);
        if (query.types.find_first_not_of("TIR") != std::string::npos) {
            fail("the type of a column is T, I or R: '" + query.types + "'");
        }
        query.sort = sort_named(words.size() > 2 ? words[2] : "nosort");
        query.label = words.size() > 3 ? words[3] : "";

        Record record{lines_.number(), {}, {}};
        while (lines_.next_of_record() && lines_.line() != result_separator) {
            append_sql(record);
        }
        if (lines_.line() == result_separator) {
            query.expected.emplace();
            while (lines_.next_of_record()) {
                query.expected->push_back(lines_.line());
            }
        }
        record.kind = std::move(query);
        add(std::move(record));
    }

    [[nodiscard]] Sort sort_named(const std::string& name) const {
        if (name == "nosort") {
            return Sort::none;
        }
        if (name == "rowsort") {
            return Sort::rows;
        }
        if (name == "valuesort") {
            return Sort::values;
        }
        fail("unknown order '" + name + "'");
    }

    void append_sql(Record& record) const {
        record.sql += (record.sql.empty() ? "" : "\n") + lines_.line();
    }

    void add(Record record) {
        if (record.sql.empty()) {
            throw ScriptError(script_.file, record.line, "a record without SQL");
        }
        if (!skipped_) {
            script_.records.push_back(std::move(record));
        }
    }

    [[nodiscard]] const std::string& argument(const std::vector<std::string>& words,
                                              std::size_t position) const {
        if (position >= words.size()) {
            fail("'" + words.front() + "' needs more words");
        }
        return words[position];
    }

    [[noreturn]] void fail(const std::string& message) const {
        throw ScriptError(script_.file, lines_.number(), message);
    }

    Lines lines_;
    Script script_;
    bool skipped_ = false;
    bool halted_ = false;
};

}  // namespace

ScriptError::ScriptError(const std::string& file, int line, const std::string& message)
    : std::runtime_error(file + ":" + std::to_string(line) + ": " + message) {}

Script parse_script(const std::string& file, std::string_view text) {
    return Parser(file, text).parse();
}

Script read_script(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || !text) {
        throw ScriptError(file, 0, "cannot be read");
    }
    return parse_script(file, text.str());
}

}  // namespace tidemark::tests::logic

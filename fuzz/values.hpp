#pragma once

/// Literals and expressions: few enough different ones that rows meet, and all that is special.

#include "model.hpp"
#include "random.hpp"

#include <string>

namespace tidemark::fuzz {

/// What decides which values may be generated, for a whole run.
struct ValueRules {
    bool negative_zero = true;  // see known_differences.hpp
    bool utf16 = false;
};

class Values {
public:
    Values(Random& random, ValueRules rules) : random_(random), rules_(rules) {}

    /// A value of any storage class.
    std::string any();
    /// One that suits a column, most of the time. `exact`: a key that is the rowid gets an integer,
    /// for certain.
    std::string for_column(const TableModel& table, const Column& column, bool exact);
    /// A short text out of the words of search_indexes.hpp; the same for the same rowid.
    static std::string prose(std::size_t number);

    /// An expression over the columns of a table, written with a prefix such as "NEW.". Never fails.
    std::string expression(const TableModel& table, const std::string& prefix = "");
    /// A condition on the rows of a table.
    std::string condition(const TableModel& table, const std::string& prefix = "");
    std::string small_number() { return std::to_string(random_.below(13)); }

private:
    std::string special();
    std::string real();
    std::string text();
    std::string blob();
    std::string integer_key();

    Random& random_;
    ValueRules rules_;
};

}  // namespace tidemark::fuzz

#pragma once

#include "change/effects.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tidemark::change {

/// A row, and what effects as a whole have done to it.
struct NetRow {
    /// The first record about it, and the last one.
    LogReader::Place first{};
    LogReader::Place last{};
    bool was_there = false;
    bool is_there = false;
};

/// What effects come to, one entry per row: a batch may change a row several times (a REPLACE deletes
/// one that comes back later), and a row that gets another key is one that goes and one that comes.
///
/// Rows are told apart by the values of their keys, bit for bit; those of tables without any are in
/// none.
class NetRows {
public:
    /// `effects` must outlive this object: images point into its log.
    explicit NetRows(const Effects& effects);

    /// In the order in which they first appear.
    [[nodiscard]] const std::vector<NetRow>& of(TableId table) const { return tables_[table].rows; }
    /// The row with the key of an image; null when the effects do not have it.
    [[nodiscard]] const NetRow* find(TableId table, std::span<const Value> image) const;

    /// What it was, and what it is; empty where there was no row, or is none.
    [[nodiscard]] std::vector<Value> before(const NetRow& row);
    [[nodiscard]] std::vector<Value> after(const NetRow& row);

private:
    struct Rows {
        std::vector<std::size_t> key;
        std::vector<NetRow> rows;
        std::unordered_map<std::string, std::size_t> places;
    };

    void note(Rows& rows, std::span<const Value> key_of, LogReader::Place place, bool was_there,
              bool is_there);

    LogReader reader_;
    Record record_;
    std::vector<Rows> tables_;
};

}  // namespace tidemark::change

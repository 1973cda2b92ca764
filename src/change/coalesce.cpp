#include "change/coalesce.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidemark::change {
namespace {

/// What becomes of a record.
enum class Fate : std::uint8_t { stays, left_out, becomes_insert, becomes_update, becomes_erase };

/// Columns by their place; a wider row counts as changed everywhere.
using ColumnMask = std::uint64_t;
constexpr ColumnMask all_columns = std::numeric_limits<ColumnMask>::max();
constexpr std::size_t mask_columns_max = std::numeric_limits<ColumnMask>::digits;

ColumnMask changed_columns(const Record& record) {
    if (record.changed.size() > mask_columns_max) return all_columns;
    ColumnMask mask = 0;
    for (std::size_t i = 0; i < record.changed.size(); ++i) {
        if (record.changed[i]) mask |= ColumnMask{1} << i;
    }
    return mask;
}

void append_raw(std::string& text, const void* data, std::size_t size_bytes) {
    text.append(static_cast<const char*>(data), size_bytes);
}

// Equal for values that are identical, and for no others.
void append_identity(std::string& text, const Value& value) {
    text += static_cast<char>(value.storage_class);
    const std::size_t size = value.bytes.size();
    switch (value.storage_class) {
        case StorageClass::null:
            return;
        case StorageClass::integer:
            return append_raw(text, &value.integer, sizeof(value.integer));
        case StorageClass::real:
            return append_raw(text, &value.real, sizeof(value.real));
        default:
            append_raw(text, &size, sizeof(size));
            text += value.bytes;
    }
}

void append_identities(std::string& text, const std::vector<Value>& image,
                       const std::vector<std::size_t>& places) {
    for (const std::size_t place : places) append_identity(text, image.at(place));
}

/// What has happened to a row since it had to begin anew, all of which the last record stands for.
struct Chain {
    Operation first = Operation::commit;
    Operation last = Operation::commit;
    std::size_t last_number = 0;
    std::size_t last_size_bytes = 0;
    /// There is an insert among the records.
    bool inserts = false;
    /// Nothing may be left out for what follows.
    bool closed = false;
    ColumnMask changed = 0;
    /// The values in UNIQUE indexes, as the last image has them.
    std::string unique{};

    [[nodiscard]] bool is_present() const noexcept {
        return last == Operation::insert || last == Operation::update;
    }
    /// The row was there before.
    [[nodiscard]] bool began_with_a_row() const noexcept {
        return first == Operation::update || first == Operation::remove;
    }
};

/// Looks through a log and decides about each of its records.
class Decision {
public:
    explicit Decision(LogReader log) : tables_(log.tables()) {
        for (Record record; possible_ && log.next(record);) {
            const std::size_t size = log.bytes().size();
            fates_.push_back(Fate::stays);
            decide(record, size);
        }
        for (const auto& [key, chain] : chains_) keep_changed(chain);
        std::sort(merged_.begin(), merged_.end());
        chains_.clear();
    }

    [[nodiscard]] bool saves(std::uint64_t saved_bytes_min) const noexcept {
        return possible_ && saved_bytes_ > 0 && saved_bytes_ >= saved_bytes_min;
    }
    [[nodiscard]] Fate fate(std::size_t number) const noexcept { return fates_[number]; }
    /// Of a record that becomes an update: everything that changed since the row began anew. Asked
    /// for by growing numbers.
    [[nodiscard]] ColumnMask next_changed() noexcept { return merged_[next_merged_++].second; }

private:
    void decide(const Record& record, std::size_t size) {
        switch (record.operation) {
            case Operation::insert:
                return insert(record, size);
            case Operation::update:
                return update(record, size);
            case Operation::remove:
                return remove(record, size);
            case Operation::erase:
                return erase(record, size);
            case Operation::clear:
                possible_ = false;
                return;
            case Operation::commit:
            case Operation::gap:
                return;
        }
    }

    void insert(const Record& record, std::size_t size) {
        const Table& table = (*tables_)[record.table];
        std::string unique = unique_of(table, record.new_values);
        Chain* chain = find(record, record.new_values);
        const bool goes_on =
            chain != nullptr && !chain->closed && (!chain->inserts || chain->unique == unique);
        chain = goes_on ? chain : begin(chain, record);
        if (chain == nullptr) return;
        go_on(*chain, record, size);
        chain->inserts = true;
        chain->unique = std::move(unique);
    }

    void update(const Record& record, std::size_t size) {
        const Table& table = (*tables_)[record.table];
        if (changes_key(record)) {
            end(record, record.old_values);
            end(record, record.new_values);
            return;
        }
        std::string unique = unique_of(table, record.new_values);
        Chain* chain = find(record, record.new_values);
        // OLD may be older than what a BEFORE trigger has made of the row.
        const bool displaces = unique != (chain != nullptr && chain->is_present()
                                              ? chain->unique
                                              : unique_of(table, record.old_values));
        const bool goes_on =
            chain != nullptr && !chain->closed && !displaces && chain->is_present();
        chain = goes_on ? chain : begin(chain, record);
        if (chain == nullptr) return;
        go_on(*chain, record, size);
        chain->closed = displaces;
        chain->unique = std::move(unique);
        chain->changed |= changed_columns(record);
        if (goes_on) {
            fates_.back() = chain->inserts ? Fate::becomes_insert : Fate::becomes_update;
        }
    }

    void remove(const Record& record, std::size_t size) {
        const Table& table = (*tables_)[record.table];
        Chain* chain = find(record, record.old_values);
        const bool goes_on = chain != nullptr && !chain->closed && chain->is_present() &&
                             !(chain->inserts && table.displaces_others);
        chain = goes_on ? chain : begin(chain, record);
        if (chain == nullptr) return;
        go_on(*chain, record, size);
        if (!chain->began_with_a_row()) fates_.back() = Fate::becomes_erase;
    }

    // Comes from coalescing, where a table displaces nothing.
    void erase(const Record& record, std::size_t size) {
        Chain* chain = find(record, record.old_values);
        const bool goes_on = chain != nullptr && !chain->closed;
        chain = goes_on ? chain : begin(chain, record);
        if (chain != nullptr) go_on(*chain, record, size);
    }

    /// Leaves the key in `key_`.
    Chain* find(const Record& record, const std::vector<Value>& image) {
        key_.clear();
        append_raw(key_, &record.table, sizeof(record.table));
        append_identities(key_, image, key_places_of(record.table));
        const auto found = chains_.find(key_);
        return found == chains_.end() ? nullptr : &found->second;
    }

    /// Null when there are too many: then the row is never looked at again, since what is known of
    /// it would have a hole.
    Chain* begin(Chain* chain, const Record& record) {
        if (chain != nullptr) {
            keep_changed(*chain);
            *chain = Chain();
        } else {
            is_full_ = is_full_ || chains_.size() >= coalesced_rows_max;
            if (is_full_) return nullptr;
            chain = &chains_[key_];
        }
        chain->first = record.operation;
        chain->last_number = fates_.size();
        return chain;
    }

    void go_on(Chain& chain, const Record& record, std::size_t size) {
        const std::size_t number = fates_.size() - 1;
        if (chain.last_number < number) {
            fates_[chain.last_number] = Fate::left_out;
            saved_bytes_ += chain.last_size_bytes;
        }
        chain.last = record.operation;
        chain.last_number = number;
        chain.last_size_bytes = size;
    }

    void end(const Record& record, const std::vector<Value>& image) {
        const Chain* chain = find(record, image);
        if (chain == nullptr) return;
        keep_changed(*chain);
        chains_.erase(key_);
    }

    void keep_changed(const Chain& chain) {
        if (fates_[chain.last_number] == Fate::becomes_update) {
            merged_.emplace_back(chain.last_number, chain.changed);
        }
    }

    [[nodiscard]] bool changes_key(const Record& record) {
        const std::vector<std::size_t>& places = key_places_of(record.table);
        return std::any_of(places.begin(), places.end(), [&](std::size_t place) {
            return !identical(record.old_values.at(place), record.new_values.at(place));
        });
    }

    const std::vector<std::size_t>& key_places_of(TableId id) {
        if (key_places_.empty()) key_places_.resize(tables_->size());
        if (key_places_[id].empty()) key_places_[id] = (*tables_)[id].key_places();
        return key_places_[id];
    }

    static std::string unique_of(const Table& table, const std::vector<Value>& image) {
        std::string unique;
        append_identities(unique, image, table.unique_places);
        return unique;
    }

    TableList tables_;
    std::unordered_map<std::string, Chain> chains_;
    std::vector<Fate> fates_;
    std::vector<std::pair<std::size_t, ColumnMask>> merged_;
    std::size_t next_merged_ = 0;
    std::vector<std::vector<std::size_t>> key_places_;
    std::string key_;
    bool is_full_ = false;
    bool possible_ = true;
    std::uint64_t saved_bytes_ = 0;
};

/// Writes the log anew, as was decided.
class Rewriting {
public:
    Rewriting(LogReader log, Decision decision)
        : tables_(log.tables()), decision_(std::move(decision)) {
        std::size_t number = 0;
        for (Record record; log.next(record); ++number) {
            write(record, decision_.fate(number), log.bytes());
        }
        write_gap();
    }
    [[nodiscard]] ChangeLog result() && { return std::move(result_); }

private:
    void write(const Record& record, Fate fate, std::string_view bytes) {
        if (record.operation == Operation::commit) return write_commit();
        if (record.operation == Operation::gap) {
            skipped_changes_ += record.skipped_changes;
            skipped_transactions_ += record.skipped_transactions;
            return;
        }
        if (fate == Fate::left_out) {
            ++skipped_changes_;
            return;
        }
        write_gap();
        transaction_is_empty_ = false;
        switch (fate) {
            case Fate::becomes_insert:
                return write_insert(record);
            case Fate::becomes_update:
                return write_update(record, decision_.next_changed());
            case Fate::becomes_erase:
                return write_erase(record);
            default:
                return result_.append_copy(record.operation, bytes);
        }
    }

    void write_commit() {
        if (transaction_is_empty_) {
            ++skipped_transactions_;
            return;
        }
        write_gap();
        result_.append_mark(Operation::commit);
        transaction_is_empty_ = true;
    }

    void write_gap() {
        if (skipped_changes_ == 0 && skipped_transactions_ == 0) return;
        result_.append_gap(std::exchange(skipped_changes_, 0),
                           std::exchange(skipped_transactions_, 0));
    }

    void write_insert(const Record& record) {
        result_.begin_record(Operation::insert, record.table);
        for (const Value& value : record.new_values) result_.append(value);
        result_.finish_record();
    }

    void write_update(const Record& record, ColumnMask changed) {
        result_.begin_record(Operation::update, record.table);
        for (std::size_t i = 0; i < record.new_values.size(); ++i) {
            const bool is_new = i >= mask_columns_max || (changed >> i & 1U) != 0;
            result_.append(record.old_values[i]);
            if (is_new) {
                result_.append(record.new_values[i]);
            } else {
                result_.append_same();
            }
        }
        result_.finish_record();
    }

    void write_erase(const Record& record) {
        result_.begin_record(Operation::erase, record.table);
        for (const std::size_t place : (*tables_)[record.table].key_places()) {
            result_.append(record.old_values.at(place));
        }
        result_.finish_record();
    }

    TableList tables_;
    Decision decision_;
    ChangeLog result_;
    bool transaction_is_empty_ = true;
    std::uint64_t skipped_changes_ = 0;
    std::uint64_t skipped_transactions_ = 0;
};

}  // namespace

std::optional<ChangeLog> coalesce(const LogReader& log, std::uint64_t saved_bytes_min) {
    Decision decision(log);
    if (!decision.saves(saved_bytes_min)) return std::nullopt;
    return Rewriting(log, std::move(decision)).result();
}

}  // namespace tidemark::change

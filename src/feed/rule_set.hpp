#pragma once

#include "change/effects.hpp"
#include "change/effects_builder.hpp"
#include "feed/ruled_table.hpp"
#include "sqlite/names.hpp"

#include <tidemark/rules.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::feed {

/// The rules of one destination: what is left of a batch for it. They know the schema that the database
/// has before the batch that comes next, and go on from batch to batch. Used by one thread.
class RuleSet {
public:
    using Objects = RuledTable::Objects;

    /// Throws Error when a rule contradicts itself or another one.
    RuleSet(std::vector<TableRule> rules, RuledTable::Prepare prepare);

    [[nodiscard]] bool empty() const noexcept { return rules_.empty(); }

    /// What `sqlite_schema` of the database is before the next batch. Throws Error when a rule does not
    /// fit a table of it.
    void use_schema(const Objects& objects);
    /// The same, and that there is a table for each rule.
    void require_schema(const Objects& objects);

    /// What the destination gets of a content, which makes its schema from nothing.
    [[nodiscard]] change::Effects load(const change::Effects& content);
    /// What it gets of the next batch. Nothing when it cannot be said without rows that are not in the
    /// batch, since a table that has a rule was altered or renamed: the destination is to be loaded then.
    /// When it throws, the schema has to be told anew.
    [[nodiscard]] std::optional<change::Effects> apply(const change::Effects& batch);

private:
    /// The tables that have rules, by their names in the database.
    using Tables = sqlite::NameMap<std::unique_ptr<RuledTable>>;

    [[nodiscard]] const TableRule* find(const std::string& table) const;
    [[nodiscard]] bool is_excluded(const std::string& table) const;
    [[nodiscard]] Tables compile(const Objects& objects);
    [[nodiscard]] bool needs_load(const change::SchemaEffect& schema) const;
    [[nodiscard]] change::Effects translate(const change::Effects& batch, const Tables& before,
                                            const Tables& after) const;
    [[nodiscard]] Objects translate(const Objects& objects, const Tables& tables) const;
    [[nodiscard]] change::SchemaEffect translate(const change::SchemaEffect& schema,
                                                 const Tables& before, const Tables& after) const;

    const std::vector<TableRule> rules_;
    const RuledTable::Prepare prepare_;
    sqlite::NameMap<const TableRule*> by_table_;
    Tables tables_;
    // All that there have been.
    sqlite::NameSet virtual_tables_;
};

}  // namespace tidemark::feed

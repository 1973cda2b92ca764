#include "feed/rule_set.hpp"

#include <utility>

namespace tidemark::feed {
namespace {

using change::EffectTable;
using change::SchemaEffect;
using change::SchemaObject;

[[noreturn]] void refuse(const std::string& table, std::string reason, std::string advice) {
    throw Error({.operation = "use the rules of a destination",
                 .object = "table " + table,
                 .reason = std::move(reason),
                 .advice = std::move(advice)});
}

const SchemaObject* find_table(const std::vector<SchemaObject>& objects, const std::string& name) {
    for (const SchemaObject& object : objects) {
        if (object.type == "table" && sqlite::same_name(object.name, name)) return &object;
    }
    return nullptr;
}

SchemaObject* find_same(std::vector<SchemaObject>& objects, const SchemaObject& wanted) {
    for (SchemaObject& object : objects) {
        const bool is_same = object.type == wanted.type && object.name == wanted.name;
        if (is_same && object.sql == wanted.sql) return &object;
    }
    return nullptr;
}

std::vector<SchemaObject> indexes_of(const std::vector<SchemaObject>& objects,
                                     const std::string& table) {
    std::vector<SchemaObject> indexes;
    for (const SchemaObject& object : objects) {
        if (object.type == "index" && sqlite::same_name(object.table, table)) {
            indexes.push_back(object);
        }
    }
    return indexes;
}

/// The rows of one table on their way to the destination.
struct Way {
    bool is_left_out = false;
    /// Null: they go as they are.
    RuledTable* rule = nullptr;
    change::TableId id = 0;

    [[nodiscard]] std::optional<OwnRow> image(const std::vector<Value>& image) const {
        if (image.empty()) return std::nullopt;
        return rule != nullptr ? rule->evaluate(image) : std::optional<OwnRow>(image);
    }
};

void translate(const change::Effects& batch, const std::vector<Way>& ways,
               change::EffectsBuilder& builder) {
    change::LogReader reader(batch.log, change::table_list(batch.tables));
    for (change::Record record; reader.next(record);) {
        const Way& way = ways[record.table];
        if (way.is_left_out) continue;
        const std::optional<OwnRow> from = way.image(record.old_values);
        const std::optional<OwnRow> to = way.image(record.new_values);
        if (from && to) {
            builder.update(way.id, from->values(), to->values());
        } else if (from) {
            builder.remove(way.id, from->values());
        } else if (to) {
            builder.insert(way.id, to->values());
        }
    }
}

}  // namespace

RuleSet::RuleSet(std::vector<TableRule> rules, RuledTable::Prepare prepare)
    : rules_(std::move(rules)), prepare_(std::move(prepare)) {
    for (const TableRule& rule : rules_) {
        if (rule.table.empty()) refuse(rule.table, "a rule names no table", "name one");
        if (!by_table_.emplace(rule.table, &rule).second) {
            refuse(rule.table, "it has two rules", "make one of them");
        }
        const bool says_more =
            !rule.rename.empty() || !rule.when.empty() || !rule.columns.empty() || rule.row;
        if (rule.exclude && says_more) {
            refuse(rule.table, "it is excluded, and something else is said of it",
                   "leave out the one or the other");
        }
    }
}

const TableRule* RuleSet::find(const std::string& table) const {
    const auto found = by_table_.find(table);
    return found == by_table_.end() ? nullptr : found->second;
}

// Shadow tables go with their virtual table, after which SQLite has named them.
bool RuleSet::is_excluded(const std::string& table) const {
    if (table.starts_with("sqlite_stat")) return true;
    if (const TableRule* rule = find(table)) return rule->exclude;
    const auto end = table.rfind('_');
    if (end == std::string::npos) return false;
    const TableRule* const owner = find(table.substr(0, end));
    return owner != nullptr && owner->exclude && virtual_tables_.contains(owner->table);
}

// ---- the schema -------------------------------------------------------------------------------

RuleSet::Tables RuleSet::compile(const Objects& objects) {
    for (const SchemaObject& object : objects) {
        if (object.type == "table" && !object.has_content) virtual_tables_.insert(object.name);
    }
    Tables tables;
    sqlite::NameSet names;
    for (const SchemaObject& object : objects) {
        if (object.type != "table" || is_excluded(object.name)) continue;
        std::string name = object.name;
        if (const TableRule* rule = find(object.name)) {
            auto table = std::make_unique<RuledTable>(*rule, object,
                                                      indexes_of(objects, object.name), prepare_);
            name = table->table().table.name;
            tables.emplace(object.name, std::move(table));
        }
        if (!names.insert(name).second) {
            refuse(object.name, "there would be two tables of the name " + name,
                   "give one of them another name");
        }
    }
    return tables;
}

void RuleSet::use_schema(const Objects& objects) { tables_ = compile(objects); }

void RuleSet::require_schema(const Objects& objects) {
    use_schema(objects);
    for (const TableRule& rule : rules_) {
        if (find_table(objects, rule.table) != nullptr) continue;
        refuse(rule.table, "no such table: " + rule.table,
               "create it before the destination is added, or take the rule away");
    }
}

// A table that comes, goes, or stays as it was makes no trouble.
bool RuleSet::needs_load(const SchemaEffect& schema) const {
    const auto is_concerned = [this](const std::string& name) {
        return find(name) != nullptr || is_excluded(name);
    };
    for (const SchemaObject& object : schema.after) {
        if (object.type != "table" || object.name.starts_with("sqlite_")) continue;
        const bool is_renamed = object.origin && *object.origin != object.name;
        if (is_renamed && (is_concerned(object.name) || is_concerned(*object.origin))) return true;
        const SchemaObject* const before = find_table(schema.before, object.name);
        if (before == nullptr || find(object.name) == nullptr) continue;
        if (before->sql != object.sql || object.origin != object.name) return true;
    }
    return false;
}

RuleSet::Objects RuleSet::translate(const Objects& objects, const Tables& tables) const {
    Objects translated;
    for (const SchemaObject& object : objects) {
        if (object.type != "table" && object.type != "index") continue;
        if (is_excluded(object.table)) continue;
        const auto ruled = tables.find(object.table);
        if (ruled == tables.end()) {
            translated.push_back(object);
        } else if (object.type == "table") {
            const Objects& own = ruled->second->objects();
            translated.insert(translated.end(), own.begin(), own.end());
        }
    }
    return translated;
}

SchemaEffect RuleSet::translate(const SchemaEffect& schema, const Tables& before,
                                const Tables& after) const {
    SchemaEffect effect{.before = translate(schema.before, before),
                        .after = translate(schema.after, after)};
    // What was there and is still there has stayed as it was.
    for (const auto& [name, table] : after) {
        const SchemaObject* const object = find_table(schema.after, name);
        if (object == nullptr || !object->origin) continue;
        for (const SchemaObject& own : table->objects()) {
            SchemaObject* const old = find_same(effect.before, own);
            if (old == nullptr) continue;
            old->origin = own.name;
            find_same(effect.after, own)->origin = own.name;
        }
    }
    return effect;
}

// ---- batches ----------------------------------------------------------------------------------

change::Effects RuleSet::translate(const change::Effects& batch, const Tables& before,
                                   const Tables& after) const {
    change::EffectsBuilder builder;
    std::vector<Way> ways;
    for (const EffectTable& table : batch.tables) {
        const bool is_gone = table.side == EffectTable::Side::before;
        const std::string& name = is_gone ? table.name_before : table.table.name;
        const Tables& tables = is_gone ? before : after;
        Way& way = ways.emplace_back();
        way.is_left_out = is_excluded(name) || name == change::sequence_table;
        if (way.is_left_out) continue;
        const auto ruled = tables.find(name);
        if (ruled != tables.end()) way.rule = ruled->second.get();
        EffectTable out = way.rule != nullptr ? way.rule->table() : table;
        out.side = table.side;
        out.inserts = out.updates = out.deletes = 0;
        way.id = builder.add(std::move(out));
    }
    feed::translate(batch, ways, builder);
    change::Effects effects = builder.take();
    effects.number = batch.number;
    effects.previous = batch.previous;
    effects.header_before = batch.header_before;
    effects.header_after = batch.header_after;
    if (batch.schema) effects.schema = translate(*batch.schema, before, after);
    return effects;
}

change::Effects RuleSet::load(const change::Effects& content) {
    use_schema(content.schema ? content.schema->after : Objects());
    return translate(content, {}, tables_);
}

std::optional<change::Effects> RuleSet::apply(const change::Effects& batch) {
    if (!batch.schema) return translate(batch, tables_, tables_);
    if (needs_load(*batch.schema)) return std::nullopt;
    const Tables before = std::exchange(tables_, compile(batch.schema->after));
    return translate(batch, before, tables_);
}

}  // namespace tidemark::feed

#include "generator.hpp"

#include "context.hpp"
#include "known_differences.hpp"
#include "plain_database.hpp"
#include "schema_generator.hpp"
#include "statement_generator.hpp"
#include "table_generator.hpp"

#include <sqlite3.h>

#include <array>
#include <string>
#include <utility>

namespace tidemark::fuzz {
namespace {

// After so many steps the rows are counted again, even if the schema is the same.
constexpr std::size_t model_age_max = 25;
constexpr std::size_t kept_count = 4;

class Run {
public:
    Run(std::uint64_t seed, const GeneratorOptions& options)
        : options_(options), random_(seed), values_(random_, choose(options)) {}

    Script make() {
        set_up();
        const std::size_t count = random_.between(options_.steps_min, options_.steps_max);
        while (script_.steps.size() < count) play(script_.steps, next());
        return std::move(script_);
    }

private:
    ValueRules choose(const GeneratorOptions& options) {
        const bool trigger = random_.percent(50);
        script_.strategy =
            options.strategy.value_or(trigger ? Strategy::trigger : Strategy::session);
        script_.background = random_.percent(25) && !options.without_background;
        script_.attached = random_.percent(25);
        if (options.commits) {
            script_.strategy = Strategy::trigger;
            script_.background = false;
            script_.commits = true;
        }
        script_.in_calls = options.in_calls;
        utf16_ = random_.percent(10);
        return {.negative_zero = negative_zero(script_.strategy), .utf16 = utf16_};
    }

    Context context() { return {.random = random_, .values = values_, .model = model_}; }

    void play(std::vector<Step>& part, Step step) {
        // Where COMMIT waits for the disk there can be none.
        if (options_.commits && step.sql.starts_with("CREATE VIRTUAL TABLE")) {
            step = sql_step(TableGenerator(context()).create_table());
        }
        if (step.kind == StepKind::reopen) {
            plain_.end_transaction();
            if (!has_unnamed_rowid(read_model(plain_.db()))) plain_.reopen();
            last_ = {};
            version_.clear();
        } else if (step.kind != StepKind::flush) {
            last_ = plain_.run(step);
        }
        part.push_back(std::move(step));
        refresh();
    }

    void refresh() {
        std::string version = model_version(plain_.db());
        if (version == version_) {
            if (++age_ < model_age_max) return;
            age_ = 0;
            return count_rows(plain_.db(), model_);
        }
        model_ = read_model(plain_.db());
        if (options_.without_full_text) {
            std::erase_if(model_.tables,
                          [](const TableModel& it) { return it.kind == TableKind::full_text; });
        }
        version_ = std::move(version);
        age_ = 0;
    }

    void set_up_sql(std::string sql) { play(script_.setup, sql_step(std::move(sql))); }

    void set_up() {
        if (utf16_) set_up_sql("PRAGMA encoding = " + random_.one_of({"'UTF-16le'", "'UTF-16be'"}));
        if (random_.percent(20))
            set_up_sql("PRAGMA page_size = " + random_.one_of({"512", "1024", "8192"}));
        if (random_.percent(10))
            set_up_sql("PRAGMA auto_vacuum = " + random_.one_of({"FULL", "INCREMENTAL"}));
        for (std::size_t i = 0, count = random_.between(3, 7); i < count; ++i)
            set_up_sql(TableGenerator(context()).create_table());
        if (random_.percent(25)) set_up_sql(TableGenerator(context()).create_virtual_table());
        for (std::size_t i = 0, count = random_.below(4); i < count; ++i)
            set_up_sql(SchemaGenerator(context()).create_index());
        if (random_.percent(40)) set_up_sql(SchemaGenerator(context()).create_view());
        for (std::size_t i = 0, count = random_.below(14); i < count; ++i)
            set_up_sql(StatementGenerator(context()).insert());
        for (std::size_t i = 0, count = random_.below(4); i < count; ++i)
            set_up_sql(SchemaGenerator(context()).create_trigger());
        if (random_.percent(15)) set_up_sql("ANALYZE");
        if (last_.in_transaction) set_up_sql("ROLLBACK");
        for (std::size_t i = 0; script_.attached && i < kept_count; ++i)
            play(script_.setup, prepare(i));
        if (!script_.attached) plain_.reopen();
        refresh();
        // Settings of the connection.
        if (random_.percent(50)) play(script_.steps, sql_step("PRAGMA foreign_keys = ON"));
        if (random_.percent(30)) play(script_.steps, sql_step("PRAGMA recursive_triggers = ON"));
    }

    Step prepare(std::size_t number) {
        return {.kind = StepKind::prepare,
                .name = "p" + std::to_string(number),
                .sql = StatementGenerator(context()).kept()};
    }

    Step next() {
        const std::size_t kind = random_.below(1000);
        if (kind < 55) return {.kind = StepKind::flush};
        if (kind < 61) return {.kind = StepKind::reopen};
        if (kind < 130) return transaction();
        if (kind < 140) return sql_step(setting());
        if (kind < 175) return kept();
        if (kind < 175 + options_.ddl_weight * 10)
            return sql_step(SchemaGenerator(context()).any(last_.in_transaction));
        return sql_step(StatementGenerator(context()).any());
    }

    Step transaction() {
        const std::string name = random_.one_of({"s1", "s2", "s3"});
        if (!last_.in_transaction)
            return sql_step(random_.one_of(
                {"BEGIN", "BEGIN", "BEGIN", "BEGIN IMMEDIATE", "SAVEPOINT " + name, "COMMIT"}));
        return sql_step(random_.one_of(
            {"COMMIT", "COMMIT", "ROLLBACK", "SAVEPOINT " + name, "SAVEPOINT " + name,
             "SAVEPOINT " + name, "ROLLBACK TO " + name, "ROLLBACK TO " + name, "RELEASE " + name,
             "RELEASE " + name, "ROLLBACK TO " + name + "; RELEASE " + name}));
    }

    std::string setting() {
        return random_.one_of(
            {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys = OFF",
             "PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers = OFF",
             "PRAGMA defer_foreign_keys = ON", "PRAGMA user_version = " + values_.small_number(),
             "PRAGMA application_id = " + values_.small_number(),
             "PRAGMA ignore_check_constraints = ON", "PRAGMA ignore_check_constraints = OFF",
             "PRAGMA trusted_schema = OFF", "PRAGMA legacy_alter_table = ON",
             "PRAGMA legacy_alter_table = OFF", "PRAGMA user_version"});
    }

    Step kept() {
        const std::size_t number = random_.below(kept_count);
        const std::size_t kind = random_.below(options_.without_half_done ? 70 : 100);
        if (kind < 20) return prepare(number);
        const std::string name = "p" + std::to_string(number);
        if (kind < 70) return {.kind = StepKind::execute, .name = name};
        return {.kind = kind < 83 ? StepKind::step : StepKind::reset, .name = name};
    }

    const GeneratorOptions& options_;
    Random random_;
    Script script_;
    bool utf16_ = false;
    Values values_;
    PlainDatabase plain_;
    Model model_;
    std::string version_;
    std::size_t age_ = 0;
    Outcome last_;
};

}  // namespace

Script generate(std::uint64_t seed, const GeneratorOptions& options) {
    return Run(seed, options).make();
}

}  // namespace tidemark::fuzz

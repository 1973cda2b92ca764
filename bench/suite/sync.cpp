#include "measure.hpp"

#include <algorithm>

namespace bench {
namespace {

/// Which changes a sync has to bring to the disk.
enum class Mix { inserts, updates, mixed };

class Changes {
public:
    Changes(sqlite3* db, const Input& input, Mix mix, std::uint64_t rows)
        : db_(db),
          input_(input),
          mix_(mix),
          rows_(rows),
          insert_(db, "INSERT INTO posts VALUES(?1, ?2, ?3)"),
          update_(db, "UPDATE posts SET views = ?1 WHERE id = ?2"),
          remove_(db, "DELETE FROM posts WHERE id = ?1") {}

    /// So many changes in one transaction.
    void make(std::uint64_t count) {
        execute(db_, "BEGIN");
        for (const std::uint64_t end = next_ + count; next_ < end; ++next_) {
            change(next_);
        }
        execute(db_, "COMMIT");
    }

private:
    void change(std::uint64_t i) {
        // Of ten mixed changes five insert, four update, one deletes.
        const std::uint64_t kind = i % 10;
        if (mix_ == Mix::inserts || (mix_ == Mix::mixed && kind < 5)) {
            insert_.bind(1, static_cast<std::int64_t>(rows_ + i + 1));
            insert_.bind(2, input_.text(i, 22));
            insert_.bind(3, static_cast<std::int64_t>(input_.number(i, 1000)));
            insert_.run();
        } else if (mix_ == Mix::updates || kind < 9) {
            update_.bind(1, static_cast<std::int64_t>(1000 + i));
            update_.bind(2, some_row(i));
            update_.run();
        } else {
            remove_.bind(1, some_row(i));
            remove_.run();
        }
    }
    // A prime step that divides no such count: a row comes again when all have had their turn.
    [[nodiscard]] std::int64_t some_row(std::uint64_t i) const {
        return static_cast<std::int64_t>(i * 1'000'003 % rows_ + 1);
    }

    sqlite3* const db_;
    const Input& input_;
    const Mix mix_;
    const std::uint64_t rows_;
    Statement insert_;
    Statement update_;
    Statement remove_;
    std::uint64_t next_ = 0;
};

struct Times {
    double sync_ms = 0;
    double apply_ns_per_row = 0;
};

/// The median of some syncs; the one before them, which prepares what later ones use, does not count.
Times sync_times(Contender& contender, Changes& changes, std::uint64_t count) {
    const int syncs = count <= 100 ? 25 : count <= 1000 ? 5 : 1;
    std::vector<double> times;
    changes.make(10);
    contender.sync();
    for (int i = 0; i < syncs; ++i) {
        changes.make(count);
        const auto begin = Clock::now();
        contender.sync();
        times.push_back(as<std::milli>(Clock::now() - begin));
    }
    return {.sync_ms = percentiles_of(times).p50,
            .apply_ns_per_row = as<std::nano>(contender.last_apply()) / static_cast<double>(count)};
}

Times run(const std::string& name, Mix mix, std::uint64_t count, const Place& place) {
    const Workload& posts = workload("autocommit update");
    const std::uint64_t rows = std::max<std::uint64_t>(2 * count, 10'000);
    make_file(place.file(), posts, rows);
    Opened contender{name, place.file(), Interval{0}};
    Times result;
    {
        Changes changes{contender->connection(), place.input, mix, rows};
        result = sync_times(*contender, changes, count);
    }
    contender->close();
    return result;
}

const std::vector<std::string> syncing{"recipe_trigger", "recipe_session", "backup",
                                       "tidemark_trigger", "tidemark_session"};

Measure sync_measure(std::uint64_t count) {
    return {
        .name = "sync of " + with_commas(count) + " changes",
        .group = "sync",
        .unit = "ms",
        .base = "recipe_trigger",
        .note = "Half of the changes insert, four in ten update, one in ten deletes. WAL, FULL."};
}

Measure apply_measure(std::uint64_t count, const std::string& what) {
    return {.name = "apply on disk, " + with_commas(count) + " " + what,
            .group = "apply",
            .unit = "ns/row",
            .base = "recipe_session",
            .note =
                "The sync without its cut; for recipe_session the call of "
                "sqlite3changeset_apply, COMMIT included. WAL, FULL."};
}

void add_small(Experiments& all, std::uint64_t count) {
    all.push_back({.measures = {sync_measure(count)},
                   .contenders = syncing,
                   .run = [count](const std::string& contender, const Place& place) {
                       const Times times = run(contender, Mix::mixed, count, place);
                       return std::vector{Sample{times.sync_ms}};
                   }});
}

void add_big(Experiments& all, std::uint64_t count) {
    all.push_back({.measures = {sync_measure(count),
                                {.name = sync_measure(count).name + ", against recipe-trigger",
                                 .group = "sync",
                                 .unit = "changes/s",
                                 .smaller_is_better = false,
                                 .base = "recipe_trigger",
                                 .note = "The same as a speed."},
                                apply_measure(count, "changes")},
                   .contenders = syncing,
                   .run = [count](const std::string& contender, const Place& place) {
                       const Times times = run(contender, Mix::mixed, count, place);
                       const double speed = 1000 * static_cast<double>(count) / times.sync_ms;
                       return std::vector{Sample{times.sync_ms}, Sample{speed},
                                          Sample{times.apply_ns_per_row}};
                   }});
}

void add_apply(Experiments& all, std::uint64_t count, Mix mix, const std::string& what) {
    all.push_back({.measures = {apply_measure(count, what)},
                   .contenders = {"recipe_session", "tidemark_trigger", "tidemark_session"},
                   .run = [count, mix](const std::string& contender, const Place& place) {
                       const Times times = run(contender, mix, count, place);
                       return std::vector{Sample{times.apply_ns_per_row}};
                   }});
}

}  // namespace

void add_sync(Experiments& all, const Settings& settings) {
    const std::uint64_t many = settings.tiny ? 2'000 : 100'000;
    add_small(all, 10);
    add_small(all, settings.tiny ? 100 : 1'000);
    add_big(all, many);
    add_apply(all, many, Mix::inserts, "inserts");
    add_apply(all, many, Mix::updates, "updates");
}

}  // namespace bench

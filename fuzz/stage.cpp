#include "stage.hpp"

#include "known_differences.hpp"
#include "model.hpp"
#include "plain_database.hpp"
#include "search_indexes.hpp"
#include "subject.hpp"
#include "support/compare.hpp"
#include "support/recording_observer.hpp"

#include <tidemark/database.hpp>

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace tidemark::fuzz {
namespace {

using tests::Plain;

constexpr std::chrono::seconds deadline{10};

class Differs : public std::runtime_error {
public:
    Differs(DifferenceKind kind, const std::string& description)
        : std::runtime_error(description), kind_(kind) {}
    [[nodiscard]] DifferenceKind kind() const noexcept { return kind_; }

private:
    DifferenceKind kind_;
};

/// See ends_the_run().
struct KnownDifference {};

std::string text_of(const tests::Difference& difference) {
    std::ostringstream out;
    out << difference;
    return out.str();
}

/// See "FTS5 forgets" in known_differences.hpp.
bool has_broken_search(sqlite3* db) {
    const Plain empty;
    return compare_search_indexes(db, empty).find("malformed") != std::string::npos;
}

/// One play of one script.
class Stage {
public:
    Stage(const Script& script, const std::string& folder);
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;
    ~Stage();
    void play_step(const Step& step);
    void end();
    /// The databases go on differently; the disk still has to be what RAM is.
    void end_with_known_difference();

private:
    [[nodiscard]] Options options() const;
    void set_up_file();
    void set_up_attached();
    void open();
    void compare_outcomes(const Step& step);
    void flush();
    void flush_kept(sqlite3* reference);
    void expect_same_on_disk(sqlite3* reference);
    void reopen();
    void end_transactions();
    void expect_equal(sqlite3* first, sqlite3* second, DifferenceKind kind,
                      const std::string& names);
    void expect_integrity(sqlite3* disk, sqlite3* reference);
    void expect_no_failures();

    const Script& script_;
    std::string path_;
    std::shared_ptr<tests::RecordingObserver> observer_ =
        std::make_shared<tests::RecordingObserver>();
    PlainDatabase plain_;
    std::unique_ptr<Plain> attached_;  // must outlive the next one
    std::unique_ptr<Database> database_;
    std::unique_ptr<Subject> kept_;
    // An ALTER TABLE has failed.
    bool alter_failed_ = false;
    // A DROP COLUMN has left an index that does not fit.
    bool index_broken_ = false;
    // Something was rolled back while an R*Tree was being read.
    bool rtree_rolled_back_ = false;
    SchemaThatStaysRolledBack rolled_back_schema_;
};

Stage::Stage(const Script& script, const std::string& folder)
    : script_(script), path_(folder + "/kept.db") {
    script.attached ? set_up_attached() : set_up_file();
}

// After a difference a transaction may be open; its end is what the last flush would wait for.
Stage::~Stage() {
    if (kept_) end_transaction(*kept_);
    kept_.reset();
}

Options Stage::options() const {
    Options options;
    options.strategy = script_.strategy;
    options.interval =
        script_.background ? std::chrono::milliseconds{0} : std::chrono::milliseconds{3'600'000};
    if (script_.commits) options.durability = Durability::commit;
    if (script_.in_calls) options.cutting = Cutting::in_calls;
    options.observer = observer_;
    options.close_deadline = deadline;
    options.synchronous =
        Synchronous::off;  // content is looked at, not what a power failure leaves
    return options;
}

// The setup goes to the file; both databases are loaded from there.
void Stage::set_up_file() {
    {
        const Plain file(path_);
        tests::exec(file, "PRAGMA synchronous = OFF");
        set_limits(file);
        Subject subject(file);
        for (const Step& step : script_.setup) (void)subject.run(step);
        end_transaction(subject);
        plain_ = PlainDatabase(file);
    }
    open();
}

// Both connections run the setup, statements that are kept included; then tidemark comes to one.
void Stage::set_up_attached() {
    attached_ = std::make_unique<Plain>();
    set_limits(*attached_);
    kept_ = std::make_unique<Subject>(*attached_);
    for (const Step& step : script_.setup) compare_outcomes(step);
    // An empty database would be nothing that could become the file's first content.
    compare_outcomes(sql_step("CREATE TABLE IF NOT EXISTS beginning(x)"));
    try {
        database_ = std::make_unique<Database>(Database::attach(*attached_, path_, options()));
    } catch (const Error& error) {
        throw Differs(DifferenceKind::opening, error.what());
    }
}

void Stage::open() {
    try {
        database_ = std::make_unique<Database>(Database::open(path_, options()));
    } catch (const Error& error) {
        throw Differs(DifferenceKind::opening, error.what());
    }
    kept_ = std::make_unique<Subject>(database_->handle());
    set_limits(database_->handle());
}

void Stage::play_step(const Step& step) {
    switch (step.kind) {
        case StepKind::flush:
            return flush();
        case StepKind::reopen:
            end_transactions();
            return has_unnamed_rowid(read_model(plain_.db())) ? void() : reopen();
        default:
            return compare_outcomes(step);
    }
}

void Stage::compare_outcomes(const Step& step) {
    const Outcome expected = plain_.run(step);
    const Outcome seen = kept_->run(step);
    if (ends_the_run(expected, seen, step.sql, plain_.db())) throw KnownDifference();
    if (!(seen == expected)) {
        if (has_broken_index(plain_.db())) throw KnownDifference();
        if (fails_on_a_broken_index(index_broken_, expected, seen, kept_->db()))
            throw KnownDifference();
        const bool prepared = step.kind == StepKind::execute || step.kind == StepKind::step;
        if (prepared && was_prepared_before_a_failed_alter(expected, seen)) throw KnownDifference();
        if (still_sees_a_failed_alter(alter_failed_, expected, seen)) throw KnownDifference();
        if (differs_by_chance(expected, seen, plain_.db())) throw KnownDifference();
        if (rolled_back_schema_.stays()) throw KnownDifference();
        throw Differs(DifferenceKind::outcome, describe_difference(expected, seen));
    }
    rolled_back_schema_.note(step.sql, expected);
    if (step.sql.starts_with("ROLLBACK"))
        rtree_rolled_back_ = rtree_rolled_back_ || reads_an_rtree(kept_->db());
    alter_failed_ = alter_failed_ || (step.sql.starts_with("ALTER") && expected.rc != SQLITE_OK);
    if (drops_a_column(step.sql, expected))
        index_broken_ = index_broken_ || has_broken_index(plain_.db());
    if (may_leave_rows_behind(expected) && !tests::compare(plain_.db(), kept_->db(), {}).empty()) {
        throw KnownDifference();
    }
}

void Stage::expect_equal(sqlite3* first, sqlite3* second, DifferenceKind kind,
                         const std::string& names) {
    std::string found;
    try {
        tests::CompareOptions options;
        if (kind == DifferenceKind::ram) {
            options.rows_ignored_of = full_text_indexes_written_at_other_moments(first);
        }
        found =
            text_of(tests::compare(first, second, options)) + compare_search_indexes(first, second);
    } catch (const tests::SqlError& error) {
        found = error.what();
    }
    if (found.find("malformed") != std::string::npos && has_broken_search(plain_.db()))
        throw KnownDifference();
    if (!found.empty() && rtree_rolled_back_ && reads_an_rtree(kept_->db()))
        throw KnownDifference();
    const bool ram_differs = kind == DifferenceKind::ram && !found.empty();
    if (ram_differs && chooses_rowids_at_random(plain_.db())) throw KnownDifference();
    if (ram_differs && index_broken_ && has_broken_index(plain_.db())) throw KnownDifference();
    if (!found.empty()) throw Differs(kind, names + ":\n" + found);
}

// The application may have asked SQLite to ignore its CHECK constraints.
void Stage::expect_integrity(sqlite3* disk, sqlite3* reference) {
    tests::exec(disk, "PRAGMA ignore_check_constraints = ON");
    const std::string found = tests::integrity(disk);
    if (found != "ok" && tests::integrity(reference) == "ok") {
        throw Differs(DifferenceKind::disk, "integrity_check of the disk database: " + found);
    }
}

void Stage::expect_no_failures() {
    for (const auto& [error, pending] : observer_->heard().failures) {
        if (has_broken_index(plain_.db())) throw KnownDifference();
        throw Differs(DifferenceKind::sync, std::string("a sync failed: ") + error.what());
    }
}

// A flush cannot end before a transaction does.
void Stage::flush() {
    const Outcome now = plain_.run(sql_step(""));
    if (now.in_transaction || now.writing || has_half_done_write(plain_.db())) return;
    if (script_.commits) {
        expect_same_on_disk(plain_.db());
    } else {
        flush_kept(plain_.db());
    }
    expect_equal(plain_.db(), kept_->db(), DifferenceKind::ram,
                 "plain database against RAM database");
    expect_no_failures();
}

void Stage::flush_kept(sqlite3* reference) {
    try {
        database_->flush(deadline);
    } catch (const Error& error) {
        throw Differs(DifferenceKind::sync, std::string("flush: ") + error.what());
    }
    expect_same_on_disk(reference);
}

void Stage::expect_same_on_disk(sqlite3* reference) {
    const Plain disk(path_);
    expect_integrity(disk, reference);
    expect_equal(kept_->db(), disk, DifferenceKind::disk, "RAM database against disk database");
}

void Stage::end_with_known_difference() {
    if (!database_) return;  // the setup
    end_transactions();
    flush_kept(kept_->db());
    expect_no_failures();
}

void Stage::end_transactions() {
    plain_.end_transaction();
    end_transaction(*kept_);
}

void Stage::reopen() {
    end_transactions();
    kept_.reset();
    try {
        database_->close();
    } catch (const Error& error) {
        throw Differs(DifferenceKind::sync, std::string("close: ") + error.what());
    }
    database_.reset();
    attached_.reset();
    plain_.reopen();
    open();
    expect_equal(plain_.db(), kept_->db(), DifferenceKind::ram,
                 "plain database against what was opened again");
}

void Stage::end() {
    end_transactions();
    flush();
    reopen();
    expect_no_failures();
    kept_.reset();
    database_->close();
}

/// Whether a known difference ended it.
bool play_steps(Stage& stage, const Script& script, std::size_t& step) {
    try {
        for (; step < script.steps.size(); ++step) stage.play_step(script.steps[step]);
        stage.end();
        return false;
    } catch (const KnownDifference&) {
        stage.end_with_known_difference();
        return true;
    }
}

void empty(const std::string& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::filesystem::remove_all(entry);
    }
}

}  // namespace

const char* to_string(DifferenceKind kind) noexcept {
    switch (kind) {
        case DifferenceKind::outcome:
            return "the application sees a difference";
        case DifferenceKind::ram:
            return "RAM differs from a plain database";
        case DifferenceKind::disk:
            return "the disk differs from RAM";
        case DifferenceKind::sync:
            return "a sync fails";
        case DifferenceKind::opening:
            return "opening fails";
        case DifferenceKind::crash:
            return "the process dies";
        case DifferenceKind::known:
            return "a difference that is known";
        case DifferenceKind::hang:
            return "the process hangs";
    }
    return "";
}

std::optional<Difference> play(const Script& script, const std::string& folder) {
    empty(folder);
    std::size_t step = 0;
    std::optional<Difference> difference;
    try {
        Stage stage(script, folder);
        if (play_steps(stage, script, step))
            difference = Difference{.kind = DifferenceKind::known, .step = step};
    } catch (const Differs& found) {
        difference = Difference{.kind = found.kind(), .step = step, .description = found.what()};
    } catch (const KnownDifference&) {
        difference = Difference{.kind = DifferenceKind::known, .step = step};
    } catch (const Error& error) {
        difference =
            Difference{.kind = DifferenceKind::sync, .step = step, .description = error.what()};
    }
    empty(folder);
    return difference;
}

}  // namespace tidemark::fuzz

#include "capture/trigger/transaction_log.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tidemark::capture {
namespace {

/// Logs integers and tells which are left.
class Scribe {
public:
    void write(std::int64_t value) {
        change::ChangeLog& changes = log.log();
        changes.begin_record(change::Operation::insert, 0);
        changes.append({.storage_class = change::StorageClass::integer, .integer = value});
        changes.finish_record();
    }

    void commit() {
        log.prepare_commit();
        log.commit();
    }

    [[nodiscard]] std::string left() const {
        change::Table table;
        table.identity = change::Identity::integer_key;
        table.columns = {"c"};
        const auto tables = std::make_shared<std::vector<change::Table>>(1, table);
        change::LogReader reader(log.log(), tables);
        std::string text;
        for (change::Record record; reader.next(record);) {
            text += record.operation == change::Operation::commit
                        ? "|"
                        : std::to_string(record.new_values[0].integer);
        }
        return text;
    }

    TransactionLog log;
};

TEST(TransactionLog, keeps_what_is_committed) {
    Scribe scribe;
    scribe.log.begin();
    scribe.write(1);
    scribe.write(2);
    scribe.commit();
    scribe.log.begin();
    scribe.write(3);
    scribe.commit();
    EXPECT_EQ(scribe.left(), "12|3|");
}

TEST(TransactionLog, drops_what_is_rolled_back_even_after_the_commit_was_prepared) {
    Scribe scribe;
    scribe.log.begin();
    scribe.write(1);
    scribe.commit();
    scribe.log.begin();
    scribe.write(2);
    scribe.log.prepare_commit();
    scribe.log.rollback();
    EXPECT_EQ(scribe.left(), "1|");
    static_cast<void>(scribe.log.take());
    EXPECT_EQ(scribe.log.first_transaction(), 2U) << "the rolled back one is not counted";
}

TEST(TransactionLog, rolls_back_to_nested_savepoints) {
    Scribe scribe;
    scribe.log.begin();
    scribe.write(1);
    scribe.log.savepoint(0);
    scribe.write(2);
    scribe.log.savepoint(1);
    scribe.write(3);
    scribe.log.rollback_to(1);
    scribe.write(4);
    scribe.log.release(1);
    scribe.log.rollback_to(0);
    scribe.write(5);
    scribe.commit();
    EXPECT_EQ(scribe.left(), "15|");
}

TEST(TransactionLog, takes_minus_one_for_the_savepoint_that_opened_the_transaction) {
    Scribe scribe;
    scribe.log.begin();
    scribe.write(1);
    scribe.log.savepoint(0);
    scribe.write(2);
    scribe.log.rollback_to(-1);
    scribe.write(3);
    scribe.commit();
    EXPECT_EQ(scribe.left(), "3|");
}

TEST(TransactionLog, takes_a_savepoint_that_was_never_announced_for_the_start) {
    Scribe scribe;
    scribe.log.begin();
    scribe.log.savepoint(2);
    scribe.write(1);
    scribe.log.rollback_to(0);
    scribe.commit();
    EXPECT_EQ(scribe.left(), "");
}

TEST(TransactionLog, forgets_the_savepoints_of_earlier_transactions) {
    Scribe scribe;
    scribe.log.begin();
    scribe.write(1);
    scribe.log.savepoint(0);
    scribe.write(2);
    scribe.commit();
    scribe.log.begin();
    scribe.write(3);
    scribe.log.rollback_to(0);
    scribe.write(4);
    scribe.commit();
    EXPECT_EQ(scribe.left(), "12|4|");
}

TEST(TransactionLog, is_not_confused_by_a_reconnected_virtual_table) {
    Scribe scribe;
    scribe.log.begin();
    scribe.write(1);
    scribe.log.savepoint(0);
    scribe.write(2);
    // The virtual table is connected anew: the same calls come for what is already open.
    scribe.log.begin();
    scribe.log.savepoint(0);
    scribe.write(3);
    scribe.log.rollback_to(0);
    scribe.log.prepare_commit();
    scribe.log.prepare_commit();
    scribe.log.commit();
    scribe.log.commit();
    EXPECT_EQ(scribe.left(), "1|");
}

TEST(TransactionLog, numbers_changes_and_transactions_on_across_hand_overs) {
    Scribe scribe;
    for (int i = 0; i < 3; ++i) {
        scribe.log.begin();
        scribe.write(i);
        scribe.write(i);
        scribe.commit();
    }
    EXPECT_EQ(scribe.log.take().changes(), 6U);
    EXPECT_EQ(scribe.log.first_change(), 7U);
    EXPECT_EQ(scribe.log.first_transaction(), 4U);
    EXPECT_EQ(scribe.left(), "");
}

}  // namespace
}  // namespace tidemark::capture

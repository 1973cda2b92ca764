#include "c_api/changes.hpp"

#include "c_api/enums.hpp"
#include "c_api/times.hpp"

#include <memory>
#include <span>
#include <string>
#include <utility>

namespace tidemark::c_api {
namespace {

struct OwnedStatements final : tidemark_schema_statements {
    explicit OwnedStatements(const Changes& changes)
        : tidemark_schema_statements{},
          before(changes.schema_before_rows()),
          after(changes.schema_after_rows()) {
        before_rows = before_list.view(before);
        after_rows = after_list.view(after);
    }

    std::vector<std::string> before;
    std::vector<std::string> after;
    OwnedStrings before_list;
    OwnedStrings after_list;
};

struct OwnedChangeset final : tidemark_changeset {
    explicit OwnedChangeset(Changeset from) : tidemark_changeset{}, kept(std::move(from)) {
        bytes = kept.bytes.data();
        size = kept.bytes.size();
        left_out = texts.view(kept.left_out);
    }

    Changeset kept;
    OwnedStrings texts;
};

const Change& change_of(const tidemark_change* change) {
    return *static_cast<const OwnedChange*>(required(change, "change"))->kept;
}

const Changes& changes_of(const tidemark_changes* changes) {
    return static_cast<const OwnedChanges*>(required(changes, "changes"))->kept;
}

/// Hands out a text that `make` returns.
template <typename Make>
int text_into(char** text, tidemark_error** error, Make make) noexcept {
    return guarded(error, [&] {
        char*& out = required_out(text, "text");
        out = copied(make());
    });
}

}  // namespace

tidemark_values view(std::vector<tidemark_value>& list, std::span<const Value> values) {
    list.clear();
    list.reserve(values.size());
    for (const Value& value : values) {
        list.push_back({.storage_class = static_cast<int>(value.storage_class),
                        .integer = value.integer,
                        .real = value.real,
                        .bytes = value.bytes.data(),
                        .size = value.bytes.size()});
    }
    return {list.size(), list.data()};
}

Value value_of(const tidemark_value& value) {
    return {.storage_class = checked(value.storage_class, StorageClass::text_utf16, "values"),
            .integer = value.integer,
            .real = value.real,
            .bytes = {static_cast<const char*>(value.bytes), value.size}};
}

OwnedChanges::OwnedChanges(Changes from) : tidemark_changes{}, kept(std::move(from)) {
    batch = kept.batch();
    previous = kept.previous();
    time_ms = unix_ms(kept.time());
    size = kept.size();
    changes_schema = kept.changes_schema() ? 1 : 0;
}

void OwnedChange::show(const Change& change) {
    kept = change;
    kind = static_cast<int>(change.kind());
    table = change.table().c_str();
    columns = column_list_.view(change.columns());
    key_count = change.key().size();
    key = change.key().data();
    old_values = view(old_list_, change.old_values());
    new_values = view(new_list_, change.new_values());
    has_old_rowid = change.old_rowid() ? 1 : 0;
    has_new_rowid = change.new_rowid() ? 1 : 0;
    old_rowid = change.old_rowid().value_or(0);
    new_rowid = change.new_rowid().value_or(0);
}

}  // namespace tidemark::c_api

using namespace tidemark;
using namespace tidemark::c_api;

struct tidemark_change_cursor {  // NOLINT(readability-identifier-naming)
    explicit tidemark_change_cursor(Changes of) : changes(std::move(of)) {}

    /// Null behind the last one, and after a failure.
    const tidemark_change* next() {
        if (at_end) return nullptr;
        at_end = true;
        if (place) {
            ++*place;
        } else {
            place = changes.begin();
        }
        if (*place == changes.end()) return nullptr;
        shown.show(**place);
        at_end = false;
        return &shown;
    }

    Changes changes;
    std::optional<Changes::Iterator> place;
    OwnedChange shown;
    bool at_end = false;
};

const char* tidemark_change_kind_name(int kind) { return name_of<ChangeKind>(kind); }

int tidemark_change_to_json(const tidemark_change* change, char** text, tidemark_error** error) {
    return text_into(text, error, [&] { return change_of(change).to_json(); });
}

int tidemark_change_to_sql(const tidemark_change* change, char** text, tidemark_error** error) {
    return text_into(text, error, [&] { return change_of(change).to_sql(); });
}

int tidemark_change_to_inverse_sql(const tidemark_change* change, char** text,
                                   tidemark_error** error) {
    return text_into(text, error, [&] { return change_of(change).to_inverse_sql(); });
}

void tidemark_changes_destroy(tidemark_changes* changes) {
    delete static_cast<OwnedChanges*>(changes);
}

int tidemark_changes_schema(const tidemark_changes* changes,
                            tidemark_schema_statements** statements, tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_schema_statements*& out = required_out(statements, "statements");
        out = std::make_unique<OwnedStatements>(changes_of(changes)).release();
    });
}

void tidemark_schema_statements_destroy(tidemark_schema_statements* statements) {
    delete static_cast<OwnedStatements*>(statements);
}

int tidemark_changes_to_json(const tidemark_changes* changes, char** text, tidemark_error** error) {
    return text_into(text, error, [&] { return changes_of(changes).to_json(); });
}

int tidemark_changes_to_sql(const tidemark_changes* changes, char** text, tidemark_error** error) {
    return text_into(text, error, [&] { return changes_of(changes).to_sql(); });
}

int tidemark_changes_to_inverse_sql(const tidemark_changes* changes, char** text,
                                    tidemark_error** error) {
    return text_into(text, error, [&] { return changes_of(changes).to_inverse_sql(); });
}

int tidemark_changes_to_changeset(const tidemark_changes* changes, tidemark_changeset** changeset,
                                  tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_changeset*& out = required_out(changeset, "changeset");
        out = std::make_unique<OwnedChangeset>(changes_of(changes).to_changeset()).release();
    });
}

void tidemark_changeset_destroy(tidemark_changeset* changeset) {
    delete static_cast<OwnedChangeset*>(changeset);
}

int tidemark_change_cursor_create(const tidemark_changes* changes, tidemark_change_cursor** cursor,
                                  tidemark_error** error) {
    return guarded(error, [&] {
        tidemark_change_cursor*& out = required_out(cursor, "cursor");
        out = std::make_unique<tidemark_change_cursor>(changes_of(changes)).release();
    });
}

int tidemark_change_cursor_next(tidemark_change_cursor* cursor, const tidemark_change** change,
                                tidemark_error** error) {
    return guarded(error, [&] {
        const tidemark_change*& out = required_out(change, "change");
        out = required(cursor, "cursor")->next();
    });
}

void tidemark_change_cursor_destroy(tidemark_change_cursor* cursor) { delete cursor; }

// The suite for destinations, with one behind functions of C: what passes the border loses nothing.

#include "c_api/destination.hpp"

#include "c_api/changes.hpp"
#include "support/destination_conformance.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tidemark::conformance {
namespace {

using tidemark::c_api::CallingDestination;
using tidemark::c_api::OwnedChanges;

Destination& behind(void* context) { return **static_cast<std::shared_ptr<Destination>*>(context); }

template <typename Call>
int answered(tidemark_destination_failure* failure, Call call) {
    try {
        call();
        return TIDEMARK_OK;
    } catch (const Error& error) {
        return tidemark_destination_fail(failure, error.what(), error.retryable() ? 1 : 0);
    }
}

const Changes& changes_of(const tidemark_changes* changes) {
    return static_cast<const OwnedChanges*>(changes)->kept;
}

DestinationMark mark_of(const tidemark_destination_mark* mark) {
    return {.source = mark->source, .batch = mark->batch};
}

/// Functions that pass everything on to a destination of C++, which is destroyed with them.
tidemark_destination_functions functions_of(std::shared_ptr<Destination> destination) {
    tidemark_destination_functions functions{};
    functions.size = sizeof functions;
    functions.context = std::make_unique<std::shared_ptr<Destination>>(destination).release();
    functions.destroy = [](void* context) {
        delete static_cast<std::shared_ptr<Destination>*>(context);
    };
    functions.mark = [](void* context, tidemark_destination_mark* mark,
                        tidemark_destination_failure* failure) {
        return answered(failure, [&] {
            const std::optional<DestinationMark> told = behind(context).mark();
            if (!told) return;
            told->source.copy(mark->source, sizeof mark->source - 1);
            mark->batch = told->batch;
        });
    };
    functions.load = [](void* context, const tidemark_changes* content,
                        const tidemark_destination_mark* mark,
                        tidemark_destination_failure* failure) {
        return answered(failure, [&] { behind(context).load(changes_of(content), mark_of(mark)); });
    };
    functions.apply = [](void* context, const tidemark_changes* batch,
                         const tidemark_destination_mark* mark,
                         tidemark_destination_failure* failure) {
        return answered(failure, [&] { behind(context).apply(changes_of(batch), mark_of(mark)); });
    };
    functions.disconnect = [](void* context) { behind(context).disconnect(); };
    return functions;
}

class CSubject {
public:
    explicit CSubject(const std::string& folder) : path_(folder + "/copy.db") {}

    std::shared_ptr<Destination> open() {
        return std::make_shared<CallingDestination>(
            "behind C", functions_of(sqlite_destination(path_, {.synchronous = Synchronous::off})));
    }
    std::vector<Row> rows(const std::string& table) {
        sqlite3* connection = nullptr;
        sqlite3_open_v2(path_.c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr);
        std::vector<Row> result = rows_of(connection, table);
        sqlite3_close(connection);
        return result;
    }

private:
    std::string path_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(InC, DestinationConformance, CSubject);

}  // namespace tidemark::conformance

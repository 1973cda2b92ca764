#include "c_api/changes.hpp"
#include "c_api/destination.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

struct tidemark_destination_failure {  // NOLINT(readability-identifier-naming)
    std::string reason;
    bool retryable = true;
};

namespace tidemark::c_api {
namespace {

constexpr std::size_t source_size = sizeof(tidemark_destination_mark::source) - 1;  // but the NUL

tidemark_destination_mark to_c(const DestinationMark& mark) {
    tidemark_destination_mark result{};
    mark.source.copy(result.source, source_size);
    result.batch = mark.batch;
    return result;
}

std::string failure_reason(const tidemark_destination_failure& failure, int result) {
    if (!failure.reason.empty()) return failure.reason;
    return "its function returned " + std::to_string(result) + " and gave no reason";
}

}  // namespace

CallingDestination::CallingDestination(std::string name,
                                       const tidemark_destination_functions& functions) noexcept
    : name_(std::move(name)) {
    std::memcpy(&functions_, &functions, std::min(functions.size, sizeof functions_));
}

CallingDestination::~CallingDestination() {
    if (functions_.destroy != nullptr) functions_.destroy(functions_.context);
}

template <typename Function, typename... Arguments>
void CallingDestination::call(const char* operation, Function function, Arguments... arguments) {
    tidemark_destination_failure failure;
    const int result = function(functions_.context, arguments..., &failure);
    if (result == TIDEMARK_OK) return;
    throw Error({.operation = operation,
                 .object = "destination " + name_,
                 .reason = failure_reason(failure, result),
                 .advice = "see what the application's function says",
                 .retryable = failure.retryable});
}

std::optional<DestinationMark> CallingDestination::mark() {
    tidemark_destination_mark mark{};
    call("ask for the mark", functions_.mark, &mark);
    if (mark.source[0] == '\0') return std::nullopt;
    const std::string_view source(mark.source, source_size);
    return DestinationMark{.source = std::string(source.substr(0, source.find('\0'))),
                           .batch = mark.batch};
}

void CallingDestination::load(const Changes& content, const DestinationMark& mark) {
    const OwnedChanges shown(content);
    const tidemark_destination_mark number = to_c(mark);
    call("load", functions_.load, &shown, &number);
}

void CallingDestination::apply(const Changes& batch, const DestinationMark& mark) {
    const OwnedChanges shown(batch);
    const tidemark_destination_mark number = to_c(mark);
    call("apply a batch", functions_.apply, &shown, &number);
}

void CallingDestination::disconnect() noexcept {
    if (functions_.disconnect != nullptr) functions_.disconnect(functions_.context);
}

}  // namespace tidemark::c_api

int tidemark_destination_fail(tidemark_destination_failure* failure, const char* reason,
                              int retryable) {
    if (failure == nullptr) return TIDEMARK_ERROR;
    failure->retryable = retryable != 0;
    try {
        failure->reason = reason == nullptr ? "" : reason;
    } catch (...) {
        failure->reason.clear();  // then it has none
    }
    return TIDEMARK_ERROR;
}

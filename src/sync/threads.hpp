#pragma once

#include <tidemark/error.hpp>

#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace tidemark::sync {

/// `operation`: "start the … thread of". Throws Error when the system has no thread to give.
template <typename Function>
[[nodiscard]] std::jthread start_thread(const char* operation, const std::string& path,
                                        Function function) {
    try {
        return std::jthread(std::move(function));
    } catch (const std::system_error& error) {
        throw Error({.operation = operation,
                     .object = path,
                     .reason = error.what(),
                     .advice = "end other threads or raise their limit",
                     .retryable = true});
    }
}

}  // namespace tidemark::sync

#include <tidemark/status.hpp>

namespace tidemark {

const char* to_string(State state) noexcept {
    switch (state) {
        case State::idle:
            return "idle";
        case State::cutting:
            return "cutting";
        case State::applying:
            return "applying";
        case State::waiting_to_retry:
            return "waiting to retry";
        case State::stopped:
            return "stopped";
    }
    return "unknown";
}

const char* to_string(Strategy strategy) noexcept {
    switch (strategy) {
        case Strategy::session:
            return "session";
        case Strategy::trigger:
            return "trigger";
    }
    return "unknown";
}

const char* to_string(CaptureMethod method) noexcept {
    switch (method) {
        case CaptureMethod::session:
            return "session";
        case CaptureMethod::trigger:
            return "trigger";
        case CaptureMethod::whole_table:
            return "whole table";
        case CaptureMethod::excluded:
            return "excluded";
    }
    return "unknown";
}

}  // namespace tidemark

#pragma once

#include <tidemark/observer.hpp>
#include <tidemark/tidemark.h>

namespace tidemark::c_api {

/// Passes on to the functions of an observer of the C interface, and destroys its context.
class CallingObserver final : public Observer {
public:
    /// Copies as much of it as its `size` says; what an older program does not know is null.
    explicit CallingObserver(const tidemark_observer& functions) noexcept;
    CallingObserver(const CallingObserver&) = delete;
    CallingObserver& operator=(const CallingObserver&) = delete;
    ~CallingObserver() override;

    void on_sync(const SyncReport& report) override;
    void on_failure(const Error& error, std::uint64_t pending_changes) override;
    void on_recovery() override;
    void on_checkpoint_stalled(const Error& error, std::uint64_t wal_bytes) override;
    void on_checkpoint_resumed() override;
    void on_pending_limit(std::uint64_t pending_bytes) override;
    void on_pending_limit_left() override;
    void on_state(State from, State to) override;
    void on_load(std::uint64_t done, std::uint64_t total) override;
    void on_destination_sync(const std::string& name, std::uint64_t mark) override;
    void on_destination_failure(const std::string& name, const Error& error,
                                std::uint64_t lag_batches) override;
    void on_destination_recovery(const std::string& name) override;

private:
    tidemark_observer functions_{};
};

}  // namespace tidemark::c_api

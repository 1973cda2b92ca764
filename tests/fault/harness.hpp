#pragma once

/// Plays a workload through tidemark's public interface with a fault at its n-th operation, and
/// judges what is on disk afterwards.

#include "fault/history.hpp"
#include "fault/workload.hpp"
#include "support/fault_vfs.hpp"
#include "support/recording_observer.hpp"
#include "support/temporary_directory.hpp"

#include <tidemark/tidemark.hpp>

#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::tests {

/// "wal", "truncate", "persist", "remove".
[[nodiscard]] const char* name_of(JournalMode mode);

/// What there is before a workload begins.
enum class Start : std::uint8_t {
    nothing,          ///< no file
    file_of_others,   ///< a file that tidemark has never kept
    left_by_a_crash,  ///< a file with its WAL or journal, kept by tidemark when the process died
};

struct FaultCase {
    Strategy strategy = Strategy::session;
    JournalMode journal_mode = JournalMode::wal;
    Synchronous synchronous = Synchronous::full;
    Device device;
    Start start = Start::nothing;
    Workload workload;

    friend std::ostream& operator<<(std::ostream& out, const FaultCase& subject);
};

/// What remains of the files when the process has died.
struct Crash {
    bool power_loss = false;
    std::uint32_t seed = 1;
    /// A power failure may take back flushes that were acknowledged.
    bool may_take_back = false;
};

class Harness {
public:
    explicit Harness(FaultCase subject);

    /// How the workload runs when nothing happens.
    [[nodiscard]] const History& history() const noexcept { return history_; }

    /// Lets the process die at the n-th operation that changes files, with every third write torn,
    /// and opens what is left with plain SQLite and with tidemark, which goes on. What is wrong; empty
    /// when nothing is.
    [[nodiscard]] std::string crash_at(std::uint64_t n, const Crash& crash);

    /// Lets the workload meet an error, and has it try what failed again, as an application would.
    /// Nothing may be missing at any flush. What is wrong; empty when nothing is.
    [[nodiscard]] std::string fail(const Fault& fault);

    /// Lets the disk fail for good from the n-th operation on, until all syncs fail, then not any
    /// more: tidemark has to notice by itself. What is wrong; empty when nothing is.
    [[nodiscard]] std::string fail_until_noticed(Fault fault);

private:
    class Player;

    [[nodiscard]] std::string path() const { return directory_.file("kept.db"); }
    [[nodiscard]] Options options() const;
    void prepare_start();
    void write_start() const;
    void record();
    void interrupt_recovery(FaultVfs& vfs, const Crash& crash) const;
    void examine(std::uint64_t content, std::optional<std::uint64_t> mark,
                 std::uint64_t acknowledged) const;
    void examine_by_plain_sqlite(std::uint64_t acknowledged) const;
    void examine_by_tidemark(std::uint64_t acknowledged) const;

    const FaultCase case_;
    TemporaryDirectory directory_;
    // What the folder holds at the start, by name.
    std::map<std::string, std::string> start_;
    History history_;
};

/// Which of the points 1 … `count` are tried: all when TIDEMARK_FAULT_POINTS says "all", else that
/// many, or `at_most`, one drawn from each part of the run.
[[nodiscard]] std::vector<std::uint64_t> choose_points(std::uint64_t count, std::uint64_t at_most);

/// Of this run: always the same, so that a test run fails for what was changed, unless
/// TIDEMARK_FAULT_SEED is another or "random".
[[nodiscard]] std::uint32_t seed_of_this_run();

}  // namespace tidemark::tests

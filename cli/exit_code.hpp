#pragma once

/// What the command `tidemark` tells the shell. docs/cli.md and `--help` list the same numbers.
namespace cli::exit_code {

constexpr int ok = 0;
constexpr int failed = 1;       ///< An SQL statement failed; a check found problems.
constexpr int usage = 2;        ///< The command line, or a file it names, is of no use.
constexpr int cannot_open = 3;  ///< The database cannot be opened: damaged, held, not readable, ...
constexpr int not_flushed = 4;  ///< The final flush failed: not everything is on disk.

/// Ended by a signal, as shells count it: 130 for SIGINT, 143 for SIGTERM.
constexpr int of_signal(int signal_number) { return 128 + signal_number; }

}  // namespace cli::exit_code

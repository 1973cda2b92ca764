#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11 calls itself so
class App;
}

namespace cli {

// Each adds one command to `app`. When that command was given, parsing runs it and leaves in
// `exit_code` what the process is to return.

void add_run(CLI::App& app, int& exit_code);
void add_demo(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_verify(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_log(CLI::App& app, int& exit_code);
void add_restore(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);
void add_show(CLI::App& app, int& exit_code);
void add_undo(CLI::App& app, int& exit_code);
void add_shell(CLI::App& app, int& exit_code);
void add_bench(CLI::App& app, int& exit_code);

}  // namespace cli

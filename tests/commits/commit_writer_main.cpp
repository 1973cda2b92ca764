// Commits until it is killed:  tidemark_commit_writer FILE
//
// With durability = commit. Prints the number of each transaction when its COMMIT has returned; "error
// ..." when something throws.

#include "commits/commit_workload.hpp"

#include <tidemark/tidemark.hpp>

#include <exception>
#include <string>

#include <unistd.h>

namespace {

/// Without a buffer: what was said is said when the process is killed in the next moment.
void say(const std::string& line) {
    const std::string text = line + '\n';
    if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) ::_exit(3);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    try {
        tidemark::Options options;
        options.strategy = tidemark::Strategy::trigger;
        options.durability = tidemark::Durability::commit;
        auto database = tidemark::Database::open(argv[1], options);
        std::int64_t k = tidemark::tests::commits_in(database.handle());
        for (;;) {
            tidemark::tests::run_commit(database.handle(), ++k);
            say(std::to_string(k));
        }
    } catch (const std::exception& error) {
        say(std::string("error ") + error.what());
        return 2;
    }
}

#include "process/program.hpp"

#include <exception>

/// Most of these programs end without having freed what they have, and that is what they are for.
extern "C" const char* __asan_default_options() {  // NOLINT(*-reserved-identifier)
    return "detect_leaks=0";
}

namespace tidemark::tests {

int play(const Scenes& scenes, int argc, char** argv) {
    if (argc != 4 || !scenes.contains(argv[1])) {
        say("usage: SCENE FILE STRATEGY");
        return 2;
    }
    try {
        scenes.at(argv[1])({.file = argv[2], .options = program_options(argv[3])});
        return 0;
    } catch (const std::exception& error) {
        say(std::string("caught ") + error.what());
        return 1;
    }
}

}  // namespace tidemark::tests

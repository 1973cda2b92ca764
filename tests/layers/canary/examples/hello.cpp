#include "../cli/options.hpp"  // expect: path

#include <tidemark/tidemark.hpp>

#include <CLI/CLI.hpp>

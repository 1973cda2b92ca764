// bench_report RESULTS.json: makes the page and the tables of a run of the benchmark.

#include "report.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Arguments {
    std::string results;
    std::string html;
    bool markdown = false;
    std::vector<std::string> documents;
};

std::string read_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw std::runtime_error(path + ": cannot be read");
    return {std::istreambuf_iterator<char>{file}, {}};
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream file{path, std::ios::binary};
    file << text;
    file.close();
    if (!file) throw std::runtime_error(path + ": cannot be written");
}

nlohmann::json read_results(const std::string& path) {
    try {
        return nlohmann::json::parse(read_file(path));
    } catch (const nlohmann::json::exception& error) {
        throw std::runtime_error(fmt::format("{}: {}", path, error.what()));
    }
}

std::string updated(const nlohmann::json& results, const std::string& path) {
    const std::string document = read_file(path);
    try {
        return bench_report::replace_figures(results, document);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("{}: {}", path, error.what()));
    }
}

/// All documents, or none when one of them is not as it should be.
void update(const nlohmann::json& results, const std::vector<std::string>& paths) {
    std::vector<std::string> texts;
    for (const std::string& path : paths) texts.push_back(updated(results, path));
    for (std::size_t number = 0; number < paths.size(); ++number) {
        write_file(paths[number], texts[number]);
    }
}

void run(const Arguments& arguments) {
    const nlohmann::json results = read_results(arguments.results);
    if (!arguments.html.empty()) {
        std::ostringstream page;
        bench_report::write_html_report(results, page);
        write_file(arguments.html, page.str());
    }
    update(results, arguments.documents);
    if (arguments.markdown) bench_report::write_markdown_tables(results, std::cout);
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"Makes the page and the tables of a run of the benchmark."};
    app.add_option("RESULTS", arguments.results, "what the run has written as JSON")->required();
    app.add_option("--html", arguments.html, "write the report as one page to this file");
    app.add_flag("--markdown", arguments.markdown, "print all tables");
    app.add_option("--update", arguments.documents,
                   "replace the figures between the markers of these documents");
    CLI11_PARSE(app, argc, argv);
    try {
        run(arguments);
    } catch (const std::exception& error) {
        std::cerr << "bench_report: " << error.what() << '\n';
        return 1;
    }
    return 0;
}

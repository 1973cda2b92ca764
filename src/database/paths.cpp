#include "database/paths.hpp"

#include "sqlite/api.hpp"

#include <tidemark/error.hpp>

#include <filesystem>
#include <system_error>
#include <utility>

namespace tidemark {
namespace {

/// `weakly_canonical` leaves a link whose target is missing as it stands; SQLite follows it and
/// creates the target, whose name is then that of the database.
std::filesystem::path target_of(std::filesystem::path path, std::error_code& error) {
    constexpr int links_max = 40;  // as Linux has it
    for (int links = 0; std::filesystem::is_symlink(path, error) && !error; ++links) {
        if (links == links_max) {
            error = std::make_error_code(std::errc::too_many_symbolic_link_levels);
            return {};
        }
        const std::filesystem::path target = std::filesystem::read_symlink(path, error);
        if (!error) path = std::filesystem::weakly_canonical(path.parent_path() / target, error);
        if (error) return {};
    }
    if (error == std::errc::no_such_file_or_directory) error.clear();
    return path;
}

}  // namespace

std::string absolute_path(const std::string& path) {
    const auto refuse = [&path](std::string reason, std::string advice) {
        return Error({.code = SQLITE_CANTOPEN,
                      .operation = "open the database",
                      .object = path,
                      .reason = std::move(reason),
                      .advice = std::move(advice)});
    };
    if (path.empty() || path == ":memory:") {
        throw refuse("this names no file", "name the file in which the database is to be kept");
    }
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::absolute(path, error).parent_path();
    if (error || !std::filesystem::is_directory(folder, error)) {
        throw refuse("the folder '" + folder.string() + "' does not exist", "create it first");
    }
    std::filesystem::path resolved = std::filesystem::weakly_canonical(path, error);
    if (!error) resolved = target_of(std::move(resolved), error);
    if (error) throw refuse(error.message(), "check the links of the path");
    return resolved.string();
}

}  // namespace tidemark

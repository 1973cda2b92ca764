#include "database/paths.hpp"

#include "sqlite/api.hpp"

#include <tidemark/error.hpp>

#include <filesystem>
#include <system_error>

namespace tidemark {

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
    const std::filesystem::path resolved = std::filesystem::weakly_canonical(path, error);
    if (error) throw refuse(error.message(), "check the links of the path");
    return resolved.string();
}

}  // namespace tidemark

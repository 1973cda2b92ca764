#pragma once

#include <tidemark/status.hpp>
#include <tidemark/tidemark.h>

namespace tidemark::c_api {

[[nodiscard]] tidemark_status* make_status(Status status);
[[nodiscard]] tidemark_verify_report* make_verify_report(VerifyReport report);
[[nodiscard]] tidemark_file_report* make_file_report(FileReport report);

}  // namespace tidemark::c_api

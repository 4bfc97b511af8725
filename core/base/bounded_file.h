// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace landfall::base {

/// The bytes of a regular file (symbolic links are followed). Never waits, as opening a pipe would. The message is the
/// second half of a sentence that begins with the file's name: "does not exist", "is larger than 10 MiB".
Result<std::string> readBoundedFile(const std::filesystem::path& file, std::uint64_t most_bytes);

}  // namespace landfall::base

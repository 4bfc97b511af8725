// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace landfall::adapters {

/// The bytes of a plugin's file, read once: what was hashed is what is loaded, whatever happens to the file meanwhile.
struct PluginFile {
  std::filesystem::path path;
  std::string bytes;
  std::string sha256;  ///< 64 hex digits
};

/// FailedPrecondition when it is no regular file (or a link to one), cannot be read, or is over 256 MiB. Never waits
/// for a pipe's other end.
base::Result<PluginFile> readPluginFile(const std::filesystem::path& path);

}  // namespace landfall::adapters

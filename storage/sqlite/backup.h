// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "storage/open_store.h"

namespace landfall::sqlite {

/// As storage::backupStore, for the file `path`.
base::Status backup(const std::string& path, const std::filesystem::path& file, const storage::Progress& progress);

/// As storage::checkStore.
base::Result<std::vector<std::string>> check(const std::string& path);

/// NotFound: there is no such file. FailedPrecondition or Unavailable: it is no database, or cannot be read.
base::Status checkExisting(const std::string& path);

}  // namespace landfall::sqlite

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/result.h"
#include "storage/store.h"

namespace landfall::storage {

struct StoreOptions {
  std::string url;                     ///< "sqlite:<path>", the path absolute or from the working folder
  std::size_t queue_capacity = 8192;   ///< events waiting for a commit before record() refuses
  std::size_t queue_bytes = 64 << 20;  ///< of their bodies together; one event is taken whatever its size
  CommitObserver committed = {};       ///< told of each transaction, the opening's aside
};

/// Opens the store that `url` names, creating it or bringing its schema up to date.
/// InvalidArgument: unknown scheme. FailedPrecondition: not a database, a newer schema, in use by another process.
/// Unavailable: cannot be opened or written right now. The message names the file. `log` must outlive the store.
base::Result<std::unique_ptr<Store>> openStore(const StoreOptions& options, base::Log& log);

/// How far a long work has come: pages done, of so many. False: it is to be given up.
using Progress = std::function<bool(std::size_t done, std::size_t of)>;

/// Copies the store that `url` names into a new file as it is at one moment, also while a process uses it, and opens
/// the copy to see that it is whole. The copy is complete or does not exist; while it is made it is `file` with
/// ".part". InvalidArgument: a store that has backup tools of its own. AlreadyExists: there is such a file. NotFound:
/// there is no store. FailedPrecondition: it is damaged, of a newer schema or not a store. Unavailable: cannot be read
/// or written, or given up. Blocks; `progress` is called from this thread.
base::Status backupStore(const std::string& url, const std::filesystem::path& file, const Progress& progress);

/// Reads the whole store, also while a process uses it, and returns what is wrong with it, a sentence each; empty when
/// nothing is. Errors as backupStore's, and FailedPrecondition for an older schema, too. Blocks.
base::Result<std::vector<std::string>> checkStore(const std::string& url);

}  // namespace landfall::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/base/log.h"
#include "core/base/result.h"
#include "storage/store.h"

namespace landfall::storage {

struct StoreOptions {
  std::string url;                     ///< "sqlite:<path>", the path absolute or from the working folder
  std::size_t queue_capacity = 8192;   ///< events waiting for a commit before record() refuses
  std::size_t queue_bytes = 64 << 20;  ///< of their bodies together; one event is taken whatever its size
};

/// Opens the store that `url` names, creating it or bringing its schema up to date.
/// InvalidArgument: unknown scheme. FailedPrecondition: not a database, a newer schema, in use by another process.
/// Unavailable: cannot be opened or written right now. The message names the file. `log` must outlive the store.
base::Result<std::unique_ptr<Store>> openStore(const StoreOptions& options, base::Log& log);

}  // namespace landfall::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/open_store.h"

#include <filesystem>
#include <string_view>
#include <system_error>

#include "storage/sqlite/sqlite_store.h"

namespace landfall::storage {

base::Result<std::unique_ptr<Store>> openStore(const StoreOptions& options, base::Log& log) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (!options.url.starts_with(kSqlite)) {
    // The URL itself is not shown: those of other databases carry passwords.
    return base::invalidArgument("the storage URL names no known kind of store; right would be sqlite:<path>");
  }
  const std::string path = options.url.substr(kSqlite.size());
  if (path.empty() || path.find('\0') != std::string::npos) {
    return base::invalidArgument("the storage URL names no file; right would be sqlite:<path>");
  }
  // Absolute, so that a later change of the working folder changes nothing, and no name is special to SQLite.
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return base::unavailable("cannot find the working folder for " + path + ": " + error.message());
  return sqlite::SqliteStore::open(absolute.lexically_normal().string(), {options.queue_capacity, options.queue_bytes},
                                   log);
}

}  // namespace landfall::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/open_store.h"

#include <filesystem>
#include <string_view>
#include <system_error>

#include "storage/sqlite/backup.h"
#include "storage/sqlite/sqlite_store.h"

namespace landfall::storage {
namespace {

base::Result<std::filesystem::path> absolutePath(const std::filesystem::path& path) {
  // So that a later change of the working folder changes nothing, and no name is special to SQLite.
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) {
    return base::unavailable("cannot find the working folder for " + path.string() + ": " + error.message());
  }
  return absolute.lexically_normal();
}

base::Result<std::string> sqlitePath(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (!url.starts_with(kSqlite)) {
    // The URL itself is not shown: those of other databases carry passwords.
    return base::invalidArgument("the storage URL names no known kind of store; right would be sqlite:<path>");
  }
  const std::string path = url.substr(kSqlite.size());
  if (path.empty() || path.find('\0') != std::string::npos) {
    return base::invalidArgument("the storage URL names no file; right would be sqlite:<path>");
  }
  const auto absolute = absolutePath(path);
  if (!absolute) return absolute.status();
  return absolute->string();
}

}  // namespace

base::Result<std::unique_ptr<Store>> openStore(const StoreOptions& options, base::Log& log) {
  const auto path = sqlitePath(options.url);
  if (!path) return path.status();
  return sqlite::SqliteStore::open(*path, {options.queue_capacity, options.queue_bytes}, log, options.committed);
}

base::Status backupStore(const std::string& url, const std::filesystem::path& file, const Progress& progress) {
  const auto path = sqlitePath(url);
  if (!path) return path.status();
  const auto target = absolutePath(file);
  if (!target) return target.status();
  return sqlite::backup(*path, *target, progress);
}

base::Result<std::vector<std::string>> checkStore(const std::string& url) {
  const auto path = sqlitePath(url);
  if (!path) return path.status();
  return sqlite::check(*path);
}

}  // namespace landfall::storage

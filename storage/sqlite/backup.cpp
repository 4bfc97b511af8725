// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/backup.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/migrations.h"

namespace landfall::sqlite {
namespace {

constexpr int kPagesPerStep = 2048;  // 8 MiB

base::Status alreadyExists(const std::filesystem::path& file) {
  return {base::StatusCode::AlreadyExists,
          fmt::format("{} exists already, and a backup replaces no file", file.string())};
}

base::Status checkTarget(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, error))) return alreadyExists(file);
  if (const auto folder = file.parent_path(); !std::filesystem::is_directory(folder, error)) {
    return base::unavailable(fmt::format("cannot make {}: {} is not a folder", file.string(), folder.string()));
  }
  return {};
}

/// One state of the source, page by page. False when `progress` wants no more.
bool copyPages(Connection& source, const std::string& part, const storage::Progress& progress) {
  SQLite::Database target(part, SQLite::OPEN_READWRITE);
  // What is cut short is thrown away, and what is whole is synced at the end.
  target.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  const std::unique_ptr<sqlite3_backup, decltype(&sqlite3_backup_finish)> copy(
      sqlite3_backup_init(target.getHandle(), "main", source.handle(), "main"), &sqlite3_backup_finish);
  if (!copy) throw SQLite::Exception(target.getHandle());
  for (;;) {
    const int result = sqlite3_backup_step(copy.get(), kPagesPerStep);
    if (result != SQLITE_OK && result != SQLITE_DONE) throw SQLite::Exception(sqlite3_errstr(result), result);
    const auto all = static_cast<std::size_t>(sqlite3_backup_pagecount(copy.get()));
    const auto left = static_cast<std::size_t>(sqlite3_backup_remaining(copy.get()));
    if (!progress(all - left, all)) return false;
    if (result == SQLITE_DONE) return true;
  }
}

base::Status copy(const std::string& path, const std::string& part, const storage::Progress& progress) {
  Connection source(path, Access::Read);
  const ReadTransaction one_state(source);
  if (const auto fit = checkSchema(source, path); !fit.ok()) return fit;
  if (!copyPages(source, part, progress)) return base::unavailable("the backup was stopped; nothing is left of it");
  return {};
}

// The copy is only as good as what was read.
base::Status verify(const std::string& part, const std::string& path) {
  Connection copied(part, Access::Read);
  if (const auto fit = checkSchema(copied, part); !fit.ok()) return fit;
  auto rows = copied.query("PRAGMA quick_check(1)");
  if (rows.next() && rows.text(0) == "ok") return {};
  return base::failedPrecondition(fmt::format("{} is damaged, and a copy of it would be: {}", path, rows.text(0)));
}

base::Status sync(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (descriptor < 0) return base::unavailable(fmt::format("cannot open {}: {}", path, errorText(errno)));
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (error != 0) return base::unavailable(fmt::format("cannot write {}: {}", path, errorText(error)));
  return {};
}

base::Status rename(const std::string& part, const std::filesystem::path& file) {
  bool renamed = ::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0;
  if (!renamed && (errno == EINVAL || errno == ENOSYS)) {  // not every file system can
    renamed = ::link(part.c_str(), file.c_str()) == 0;
    if (renamed) ::unlink(part.c_str());
  }
  if (renamed) return {};
  if (errno == EEXIST) return alreadyExists(file);
  return base::unavailable(fmt::format("cannot make {}: {}", file.string(), errorText(errno)));
}

}  // namespace

base::Status checkExisting(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return base::notFound(fmt::format("there is no database {}", path));
  return checkFile(path);
}

base::Status backup(const std::string& path, const std::filesystem::path& file, const storage::Progress& progress) {
  if (const auto fit = checkTarget(file); !fit.ok()) return fit;
  if (const auto fit = checkExisting(path); !fit.ok()) return fit;
  const std::string part = file.string() + ".part";
  const auto made = makeFile(part);
  if (!made) return made.status();
  if (!*made) {
    return {base::StatusCode::AlreadyExists,
            fmt::format("{} exists already: another backup is writing it, or one was killed; then remove it", part)};
  }
  NewFile unfinished(part);
  try {
    if (const auto copied = copy(path, part, progress); !copied.ok()) return copied;
    if (const auto whole = verify(part, path); !whole.ok()) return whole;
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode();
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) return openingFailure(path, error);
    return base::unavailable(fmt::format("cannot copy {} to {}: {}", path, file.string(), error.what()));
  }
  if (const auto synced = sync(part, 0); !synced.ok()) return synced;
  if (const auto renamed = rename(part, file); !renamed.ok()) return renamed;
  unfinished.keep();
  return sync(file.parent_path().string(), O_DIRECTORY);
}

}  // namespace landfall::sqlite

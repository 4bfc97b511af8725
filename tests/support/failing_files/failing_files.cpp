// SPDX-License-Identifier: Apache-2.0
// Preloaded before a program, this fails its writes to databases while a file says so: the file that
// LANDFALL_FAILING_FILES names holds "no-space", "write-error" or "sync-error". A sync that fails loses what was
// written since the last one that did not, as a kernel may that could not write its pages and then calls them clean.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Write = ssize_t (*)(int, const void*, size_t, off_t);
using Sync = int (*)(int);

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

ssize_t realWrite(int file, const void* bytes, size_t count, off_t at) {
  static const auto function = real<Write>("pwrite");
  return function(file, bytes, count, at);
}

enum class Failure { None, NoSpace, WriteError, SyncError, CopyError };

Failure failureNow() {
  const char* control = std::getenv("LANDFALL_FAILING_FILES");
  const int file = control == nullptr ? -1 : ::open(control, O_RDONLY | O_CLOEXEC);
  if (file < 0) return Failure::None;
  std::array<char, 32> text{};
  const ssize_t length = ::read(file, text.data(), text.size());
  ::close(file);
  const std::string_view says(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  if (says == "no-space") return Failure::NoSpace;
  if (says == "write-error") return Failure::WriteError;
  if (says == "sync-error") return Failure::SyncError;
  if (says == "copy-error") return Failure::CopyError;
  return Failure::None;
}

enum class Kind { Other, Database, Log };

Kind kindOf(int file) {
  std::array<char, 64> link{};
  std::array<char, PATH_MAX> name{};
  ::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  const ssize_t length = ::readlink(link.data(), name.data(), name.size());
  const std::string_view path(name.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  if (path.ends_with(".db-wal")) return Kind::Log;
  return path.ends_with(".db") ? Kind::Database : Kind::Other;
}

/// What writes replaced since their file was last synced.
class Unsynced {
 public:
  void remember(int file, size_t count, off_t at) {
    struct stat seen {};
    if (::fstat(file, &seen) != 0) return;
    Replaced replaced{at, seen.st_size, {}};
    replaced.bytes.resize(static_cast<std::size_t>(std::clamp<off_t>(seen.st_size - at, 0, static_cast<off_t>(count))));
    if (!replaced.bytes.empty() && ::pread(file, replaced.bytes.data(), replaced.bytes.size(), at) < 0) return;
    const std::lock_guard lock(mutex_);
    files_[{seen.st_dev, seen.st_ino}].push_back(std::move(replaced));
  }

  void forget(int file) {
    const std::lock_guard lock(mutex_);
    files_.erase(keyOf(file));
  }

  void lose(int file) {
    const std::lock_guard lock(mutex_);
    auto& all = files_[keyOf(file)];
    for (auto replaced = all.rbegin(); replaced != all.rend(); ++replaced) {
      if (!replaced->bytes.empty()) realWrite(file, replaced->bytes.data(), replaced->bytes.size(), replaced->at);
      if (::ftruncate(file, replaced->size_before) != 0) std::abort();
    }
    all.clear();
  }

 private:
  struct Replaced {
    off_t at;
    off_t size_before;
    std::vector<char> bytes;
  };
  using Key = std::pair<dev_t, ino_t>;

  static Key keyOf(int file) {
    struct stat seen {};
    return ::fstat(file, &seen) == 0 ? Key(seen.st_dev, seen.st_ino) : Key();
  }

  std::mutex mutex_;
  std::map<Key, std::vector<Replaced>> files_;
};

Unsynced& unsynced() {
  static Unsynced instance;
  return instance;
}

int sync(int file, const char* name) {
  if (const Kind kind = kindOf(file); kind != Kind::Other) {
    const Failure failure = failureNow();
    if (failure == Failure::SyncError || (failure == Failure::CopyError && kind == Kind::Database)) {
      unsynced().lose(file);
      errno = EIO;
      return -1;
    }
    unsynced().forget(file);
  }
  return real<Sync>(name)(file);
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* bytes, size_t count, off_t at) {
  if (kindOf(file) != Kind::Other) {
    const Failure failure = failureNow();
    if (failure == Failure::NoSpace || failure == Failure::WriteError) {
      errno = failure == Failure::NoSpace ? ENOSPC : EIO;
      return -1;
    }
    unsynced().remember(file, count, at);
  }
  return realWrite(file, bytes, count, at);
}

// NOLINTNEXTLINE(bugprone-easily-swappable-parameters): the C library's own.
ssize_t pwrite64(int file, const void* bytes, size_t count, off_t at) { return pwrite(file, bytes, count, at); }

int fsync(int file) { return sync(file, "fsync"); }
int fdatasync(int file) { return sync(file, "fdatasync"); }
}

// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/file_lock.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "storage/sqlite/database_file.h"

namespace landfall::sqlite {
namespace {

// False when the file was removed by its last holder between our open and our lock: then it locks nobody out.
bool stillThere(const std::string& file, int descriptor) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace

base::Result<FileLock> FileLock::take(const std::string& path) {
  const std::string file = path + ".lock";
  for (;;) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
      return base::unavailable(
          fmt::format("cannot open {}: its lock {} cannot be made: {}", path, file, errorText(errno)));
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(descriptor);
      if (error == EINTR) continue;
      if (error == EWOULDBLOCK) {
        return base::failedPrecondition(
            fmt::format("{} is in use by another process, which holds {}: one database belongs to one", path, file));
      }
      return base::unavailable(fmt::format("cannot lock {}: {}", file, errorText(error)));
    }
    if (stillThere(file, descriptor)) return FileLock(file, descriptor);
    ::close(descriptor);
  }
}

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  // Removed while it is still locked: whoever opened it meanwhile sees that it is not there any more.
  ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace landfall::sqlite

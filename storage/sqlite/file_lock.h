// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/result.h"

namespace landfall::sqlite {

/// Keeps a database to one process: a lock on `<path>.lock` for as long as the object lives. The kernel drops it with
/// the process, however that ends; the file goes with the object.
class FileLock {
 public:
  /// FailedPrecondition: somebody else holds it. Unavailable: the lock file cannot be made.
  static base::Result<FileLock> take(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  FileLock(std::string file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}

  std::string file_;
  int descriptor_;
};

}  // namespace landfall::sqlite

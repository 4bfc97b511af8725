// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <SQLiteCpp/Exception.h>

#include <string>

#include "core/base/result.h"
#include "core/base/status.h"

namespace landfall::sqlite {

// A database as a file, before and beside what SQLite does with it.

/// Whether `path` names a database, an empty file, or nothing yet in a folder that is there. Looks before anything of
/// ours is put beside it: a path in a configuration may name any file of the machine. FailedPrecondition or
/// Unavailable.
base::Status checkFile(const std::string& path);

/// Makes an empty file that only whoever runs Landfall may read: payloads may say more than their sender means the
/// whole machine to know. SQLite gives the files beside it the same mode. False when there is one. Unavailable.
base::Result<bool> makeFile(const std::string& path);

/// Removes a file and what SQLite puts beside it, when it goes, unless told that it is worth keeping.
class NewFile {
 public:
  /// Nothing is removed for an empty path.
  explicit NewFile(std::string path) : path_(std::move(path)) {}
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void keep() { path_.clear(); }

 private:
  std::string path_;
};

/// FailedPrecondition for a damaged database, else Unavailable.
base::Status openingFailure(const std::string& path, const SQLite::Exception& error);

/// "No space left on device".
std::string errorText(int error);

}  // namespace landfall::sqlite

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <vector>

#include "storage/sqlite/layered_file.h"

namespace landfall::testing {

/// SQLite's default file system while it lives: told to fail, a sync of a database drops what was written into it since
/// the last one that succeeded, as a kernel may. For one thread.
class LossyFiles {
 public:
  LossyFiles()
      : real_(*sqlite3_vfs_find(nullptr)),
        methods_(methods()),
        vfs_(sqlite::layeredVfs(real_, "landfall-lossy", this)) {
    vfs_.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
      auto& self = *static_cast<LossyFiles*>(vfs->pAppData);
      if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return self.real_.xOpen(&self.real_, name, file, flags, out_flags);
      return sqlite::LayeredFile::open(*vfs, self.real_, self.methods_, name, file, flags, out_flags);
    };
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~LossyFiles() { sqlite3_vfs_unregister(&vfs_); }
  LossyFiles(const LossyFiles&) = delete;
  LossyFiles& operator=(const LossyFiles&) = delete;

  bool fails = false;
  int syncs = 0;  ///< that were asked for
  std::size_t unsynced() const { return replaced_.size(); }

 private:
  static LossyFiles& of(sqlite3_file* file) { return *static_cast<LossyFiles*>(sqlite::LayeredFile::of(file).vfs); }

  static sqlite3_io_methods methods() {
    auto made = sqlite::passingMethods();
    made.xWrite = [](sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
      auto* real = sqlite::LayeredFile::of(file).real();
      std::vector<char> before(static_cast<std::size_t>(amount));
      // Behind its end a file reads as zeros, and is as good as that for SQLite.
      real->pMethods->xRead(real, before.data(), amount, offset);
      of(file).replaced_.emplace(offset, std::move(before));
      return real->pMethods->xWrite(real, bytes, amount, offset);
    };
    made.xSync = [](sqlite3_file* file, int flags) {
      auto* real = sqlite::LayeredFile::of(file).real();
      auto& self = of(file);
      ++self.syncs;
      if (self.fails) {
        for (const auto& [offset, before] : self.replaced_) {
          real->pMethods->xWrite(real, before.data(), static_cast<int>(before.size()), offset);
        }
      }
      self.replaced_.clear();
      return self.fails ? SQLITE_IOERR_FSYNC : real->pMethods->xSync(real, flags);
    };
    return made;
  }

  sqlite3_vfs& real_;
  const sqlite3_io_methods methods_;
  sqlite3_vfs vfs_;
  std::map<sqlite3_int64, std::vector<char>> replaced_;  ///< by writes since the last sync
};

}  // namespace landfall::testing

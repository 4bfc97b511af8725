// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/retaining_vfs.h"

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>

#include "storage/sqlite/layered_file.h"

namespace landfall::sqlite {
namespace {

sqlite3_vfs& defaultVfs() {
  // Without it sqlite3_vfs_find() may find nothing yet.
  if (const int result = sqlite3_initialize(); result != SQLITE_OK) {
    throw SQLite::Exception("SQLite cannot be initialised", result);
  }
  auto* found = sqlite3_vfs_find(nullptr);
  if (found == nullptr) throw SQLite::Exception("SQLite has no file system");
  return *found;
}

}  // namespace

RetainingVfs::RetainingVfs()
    : real_(defaultVfs()),
      name_(fmt::format("landfall-{}", fmt::ptr(this))),
      vfs_(layeredVfs(real_, name_.c_str(), this)) {
  vfs_.xOpen = open;
  if (const int result = sqlite3_vfs_register(&vfs_, 0); result != SQLITE_OK) {
    throw SQLite::Exception("SQLite takes no file system", result);
  }
}

RetainingVfs::~RetainingVfs() { sqlite3_vfs_unregister(&vfs_); }

int RetainingVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& self = *static_cast<RetainingVfs*>(vfs->pAppData);
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return self.real_.xOpen(&self.real_, name, file, flags, out_flags);
  return LayeredFile::open(*vfs, self.real_, self.methods_, name, file, flags, out_flags);
}

RetainedPages& RetainingVfs::pagesOf(sqlite3_file* file) {
  return static_cast<RetainingVfs*>(LayeredFile::of(file).vfs)->pages_;
}

sqlite3_io_methods RetainingVfs::methods() {
  auto made = passingMethods();
  made.xRead = [](sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
    return pagesOf(file).read(*LayeredFile::of(file).real(), into, amount, offset);
  };
  made.xWrite = [](sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
    return pagesOf(file).write(*LayeredFile::of(file).real(), bytes, amount, offset);
  };
  made.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
    return pagesOf(file).truncate(*LayeredFile::of(file).real(), size);
  };
  made.xSync = [](sqlite3_file* file, int flags) { return pagesOf(file).sync(*LayeredFile::of(file).real(), flags); };
  made.xFileControl = [](sqlite3_file* file, int what, void* value) {
    // A copy has been written, whole or in part, and is not counted as done yet. SQLite does not ask how this went:
    // when it fails, what was copied stays retained, and the next copy begins with it and fails in its place.
    if (what == SQLITE_FCNTL_CKPT_DONE) pagesOf(file).sync(*LayeredFile::of(file).real(), SQLITE_SYNC_NORMAL);
    return passOn<&sqlite3_io_methods::xFileControl, int, void*>(file, what, value);
  };
  return made;
}

}  // namespace landfall::sqlite

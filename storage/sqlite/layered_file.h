// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <new>

namespace landfall::sqlite {

/// An open file of a VFS that stands before another one. The other one's file lies in the memory behind it.
struct LayeredFile : sqlite3_file {
  void* vfs = nullptr;  ///< whose file it is, the object behind sqlite3_vfs::pAppData

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static LayeredFile& of(sqlite3_file* file) { return *static_cast<LayeredFile*>(file); }

  /// For a VFS' xOpen: opens the file of the one behind, `real_vfs`. The methods must live as long as the file.
  static int open(sqlite3_vfs& vfs, sqlite3_vfs& real_vfs, const sqlite3_io_methods& methods, const char* name,
                  sqlite3_file* file, int flags, int* out_flags) {
    auto* layered = new (file) LayeredFile();
    layered->pMethods = nullptr;
    layered->vfs = vfs.pAppData;
    layered->real()->pMethods = nullptr;
    const int result = real_vfs.xOpen(&real_vfs, name, layered->real(), flags, out_flags);
    // SQLite closes what has methods, also when opening it failed.
    if (layered->real()->pMethods != nullptr) layered->pMethods = &methods;
    return result;
  }
};

/// A method that only passes on.
template <auto kMethod, class... Values>
auto passOn(sqlite3_file* file, Values... values) {
  auto* real = LayeredFile::of(file).real();
  return (real->pMethods->*kMethod)(real, values...);
}

/// The methods of a file that only passes on; it is never mapped into memory.
inline sqlite3_io_methods passingMethods() {
  using Methods = sqlite3_io_methods;
  return {.iVersion = 2,
          .xClose = passOn<&Methods::xClose>,
          .xRead = passOn<&Methods::xRead, void*, int, sqlite3_int64>,
          .xWrite = passOn<&Methods::xWrite, const void*, int, sqlite3_int64>,
          .xTruncate = passOn<&Methods::xTruncate, sqlite3_int64>,
          .xSync = passOn<&Methods::xSync, int>,
          .xFileSize = passOn<&Methods::xFileSize, sqlite3_int64*>,
          .xLock = passOn<&Methods::xLock, int>,
          .xUnlock = passOn<&Methods::xUnlock, int>,
          .xCheckReservedLock = passOn<&Methods::xCheckReservedLock, int*>,
          .xFileControl = passOn<&Methods::xFileControl, int, void*>,
          .xSectorSize = passOn<&Methods::xSectorSize>,
          .xDeviceCharacteristics = passOn<&Methods::xDeviceCharacteristics>,
          .xShmMap = passOn<&Methods::xShmMap, int, int, int, void volatile**>,
          .xShmLock = passOn<&Methods::xShmLock, int, int, int>,
          .xShmBarrier = passOn<&Methods::xShmBarrier>,
          .xShmUnmap = passOn<&Methods::xShmUnmap, int>,
          .xFetch = nullptr,
          .xUnfetch = nullptr};
}

/// A VFS for `owner`'s files before `real`, which does all but open them. `name` must live as long as it.
inline sqlite3_vfs layeredVfs(sqlite3_vfs& real, const char* name, void* owner) {
  // Of the other functions SQLite's own VFS for Unix needs nothing of what it is called with.
  sqlite3_vfs vfs = real;
  vfs.szOsFile = real.szOsFile + static_cast<int>(sizeof(LayeredFile));
  vfs.pNext = nullptr;
  vfs.zName = name;
  vfs.pAppData = owner;
  return vfs;
}

}  // namespace landfall::sqlite

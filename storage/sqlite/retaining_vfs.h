// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <string>

#include "storage/sqlite/retained_pages.h"

namespace landfall::sqlite {

/// The file system that SQLite sees (its "VFS") for all connections of a process to one database. It differs from
/// SQLite's own where the write-ahead log is copied into the database: SQLite syncs that only when it has copied the
/// whole log, but never again copies a part that it has copied once. When the sync after a later copy fails, the
/// earlier part may be lost with it, and the log, from which it could be had, begins anew when the next sync succeeds.
/// Here each copy is synced, and what a sync did not write stays retained (RetainedPages) until one did.
///
/// Must outlive the connections that use it.
class RetainingVfs {
 public:
  /// Throws SQLite::Exception.
  RetainingVfs();
  ~RetainingVfs();
  RetainingVfs(const RetainingVfs&) = delete;
  RetainingVfs& operator=(const RetainingVfs&) = delete;

  /// By which connections are opened with it.
  const std::string& name() const { return name_; }

 private:
  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags);
  static RetainedPages& pagesOf(sqlite3_file* file);
  static sqlite3_io_methods methods();

  sqlite3_vfs& real_;
  const sqlite3_io_methods methods_ = methods();
  const std::string name_;
  sqlite3_vfs vfs_;
  RetainedPages pages_;
};

}  // namespace landfall::sqlite

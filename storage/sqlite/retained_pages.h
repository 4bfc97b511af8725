// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace landfall::sqlite {

/// What was written into the database's file and is not known to be on disk. A kernel may drop what a sync that failed
/// was to write, show the older bytes again and call the next sync a success; here nothing is lost: it is written
/// again before that sync, and read from memory until then. Bounded: what would make it larger syncs first.
///
/// Several open files of the one database may share it. Thread-safe, but that only one of them writes and syncs at a
/// time, as SQLite sees to. Results are SQLite's.
class RetainedPages {
 public:
  /// Never called with more at once than there is memory for twice.
  int write(sqlite3_file& real, const void* bytes, int amount, sqlite3_int64 offset);
  int read(sqlite3_file& real, void* into, int amount, sqlite3_int64 offset);
  int truncate(sqlite3_file& real, sqlite3_int64 size);
  /// Costs nothing when nothing was written since the last one that succeeded.
  int sync(sqlite3_file& real, int flags);

 private:
  struct Page {
    std::vector<char> bytes;
    std::uint64_t number = 0;  ///< of the write
  };

  bool mustSyncFirst();
  void retain(const void* bytes, int amount, sqlite3_int64 offset);
  /// Under the lock.
  int writeAgain(sqlite3_file& real);

  std::mutex mutex_;  ///< guards what follows
  std::map<sqlite3_int64, Page> pages_;
  std::uint64_t writes_ = 0;
  bool cut_ = false;     ///< truncated since the last sync
  bool failed_ = false;  ///< the last sync did: what is in the file is not what was written
};

}  // namespace landfall::sqlite

// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/retained_pages.h"

#include <cstring>
#include <exception>
#include <iterator>
#include <utility>

namespace landfall::sqlite {
namespace {

// 4 MiB, and what is copied between two ordinary looks at the log.
constexpr std::size_t kMostPages = 1024;

}  // namespace

int RetainedPages::write(sqlite3_file& real, const void* bytes, int amount, sqlite3_int64 offset) {
  if (mustSyncFirst()) {
    // As a failure of this write it ends the copy, whose part is then not counted as done.
    if (const int synced = sync(real, SQLITE_SYNC_NORMAL); synced != SQLITE_OK) return synced;
  }
  try {
    retain(bytes, amount, offset);
  } catch (const std::exception&) {
    return SQLITE_IOERR_NOMEM;
  }
  return real.pMethods->xWrite(&real, bytes, amount, offset);
}

int RetainedPages::read(sqlite3_file& real, void* into, int amount, sqlite3_int64 offset) {
  {
    const std::lock_guard lock(mutex_);
    auto found = pages_.upper_bound(offset);
    if (found != pages_.begin()) {
      found = std::prev(found);
      const auto skipped = static_cast<std::size_t>(offset - found->first);
      const auto& bytes = found->second.bytes;
      if (skipped + static_cast<std::size_t>(amount) <= bytes.size()) {
        std::memcpy(into, bytes.data() + skipped, static_cast<std::size_t>(amount));
        return SQLITE_OK;
      }
    }
  }
  return real.pMethods->xRead(&real, into, amount, offset);
}

int RetainedPages::truncate(sqlite3_file& real, sqlite3_int64 size) {
  sqlite3_int64 size_now = 0;
  if (real.pMethods->xFileSize(&real, &size_now) == SQLITE_OK && size_now == size) return SQLITE_OK;
  {
    const std::lock_guard lock(mutex_);
    pages_.erase(pages_.lower_bound(size), pages_.end());
    cut_ = true;
  }
  return real.pMethods->xTruncate(&real, size);
}

int RetainedPages::sync(sqlite3_file& real, int flags) {
  std::uint64_t last = 0;
  {
    const std::lock_guard lock(mutex_);
    if (pages_.empty() && !cut_) return SQLITE_OK;
    if (failed_) {
      if (const int written = writeAgain(real); written != SQLITE_OK) return written;
    }
    last = writes_;
  }
  const int synced = real.pMethods->xSync(&real, flags);
  const std::lock_guard lock(mutex_);
  failed_ = synced != SQLITE_OK;
  if (failed_) {
    writeAgain(real);
    return synced;
  }
  std::erase_if(pages_, [&](const auto& page) { return page.second.number <= last; });
  cut_ = false;
  return SQLITE_OK;
}

bool RetainedPages::mustSyncFirst() {
  const std::lock_guard lock(mutex_);
  return failed_ || pages_.size() >= kMostPages;
}

void RetainedPages::retain(const void* bytes, int amount, sqlite3_int64 offset) {
  const auto* const begin = static_cast<const char*>(bytes);
  std::vector<char> copy(begin, begin + amount);
  const std::lock_guard lock(mutex_);
  pages_[offset] = {std::move(copy), ++writes_};
}

// For who reads the file meanwhile, also when it will be written again before the next sync.
int RetainedPages::writeAgain(sqlite3_file& real) {
  int result = SQLITE_OK;
  for (const auto& [offset, page] : pages_) {
    const int written = real.pMethods->xWrite(&real, page.bytes.data(), static_cast<int>(page.bytes.size()), offset);
    if (written != SQLITE_OK) result = written;
  }
  return result;
}

}  // namespace landfall::sqlite

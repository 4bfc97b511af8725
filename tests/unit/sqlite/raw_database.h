// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "storage/open_store.h"
#include "tests/support/fake_clock.h"

namespace landfall::testing {

/// A connection as any other program would open one.
class RawDatabase {
 public:
  explicit RawDatabase(const std::string& path) {
    if (sqlite3_open(path.c_str(), &handle_) != SQLITE_OK) throw std::runtime_error("cannot open " + path);
    sqlite3_busy_timeout(handle_, 5000);
  }
  ~RawDatabase() { sqlite3_close(handle_); }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;

  void run(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
    }
  }

  /// The last column of all rows, a line each.
  std::string lines(const std::string& sql) {
    std::string lines;
    const auto append = [](void* to, int columns, char** values, char**) {
      if (const char* value = values[columns - 1]) *static_cast<std::string*>(to) += value;
      *static_cast<std::string*>(to) += "\n";
      return 0;
    };
    if (sqlite3_exec(handle_, sql.c_str(), append, &lines, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sql + ": " + sqlite3_errmsg(handle_));
    }
    return lines;
  }

 private:
  sqlite3* handle_ = nullptr;
};

/// A log whose lines go nowhere, and what opening a store needs.
struct Opener {
  FakeClock clock;
  base::Log log{clock, [](std::string_view) {}};

  base::Result<std::unique_ptr<storage::Store>> open(const std::string& path) {
    storage::StoreOptions options;
    options.url = "sqlite:" + path;
    return storage::openStore(options, log);
  }
};

}  // namespace landfall::testing

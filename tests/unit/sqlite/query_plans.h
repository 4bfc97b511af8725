// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_set>

#include "storage/sqlite/migrations.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {

/// The SQL of every statement that any connection of this process runs while the object lives.
class Statements {
 public:
  Statements() {
    current() = this;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&watch));
  }
  ~Statements() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&watch));
    current() = nullptr;
  }
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;

  std::set<std::string> all() {
    const std::lock_guard lock(mutex_);
    return {statements_.begin(), statements_.end()};
  }

 private:
  // SQLite's hook for new connections takes no context, hence this one place.
  static Statements*& current() {
    static Statements* instance = nullptr;
    return instance;
  }
  static int watch(sqlite3* connection, const char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(
        connection, SQLITE_TRACE_STMT,
        [](unsigned, void* to, void* statement, void*) {
          auto& self = *static_cast<Statements*>(to);
          if (const char* sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement))) {
            const std::lock_guard lock(self.mutex_);
            if (!self.statements_.contains(std::string_view(sql))) self.statements_.emplace(sql);
          }
          return 0;
        },
        current());
  }

  /// Asked with each statement that runs, mostly one that is known.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::mutex mutex_;
  std::unordered_set<std::string, Hash, std::equal_to<>> statements_;
};

/// Whether SQLite makes a plan for it.
inline bool isPlanned(const std::string& sql) {
  for (const char* verb : {"SELECT", "INSERT", "UPDATE", "DELETE"}) {
    if (sql.starts_with(verb)) return true;
  }
  return false;
}

/// Migrations may read all there is, once.
inline bool isOfMigration(const std::string& sql) {
  const auto& all = sqlite::migrations();
  return std::any_of(all.begin(), all.end(), [&](std::string_view text) { return text.find(sql) != text.npos; });
}

/// Tables whose size is that of the configuration, and the indexes of what is scheduled and of what was confirmed by
/// nobody yet, which are read in their order.
inline bool isSmall(const std::string& step) {
  for (const char* name :
       {"receivers", "sqlite_master", "d USING INDEX deliveries_due", "d USING INDEX deliveries_awaited"}) {
    if (step.starts_with(std::string("SCAN ") + name)) return true;
  }
  return false;
}

/// Each of the statements finds its rows by an index or by their number and gives them in order: none reads a whole
/// table or sorts one, whatever its size. `database` has today's schema. Returns how many there were.
inline int expectNoneReadsAWholeTable(const std::set<std::string>& statements, const std::string& database) {
  RawDatabase raw(database);
  int planned = 0;
  for (const auto& sql : statements) {
    if (!isPlanned(sql) || isOfMigration(sql)) continue;
    ++planned;
    std::istringstream plan(raw.lines("EXPLAIN QUERY PLAN " + sql));
    for (std::string step; std::getline(plan, step);) {
      EXPECT_FALSE(step.starts_with("SCAN") && step != "SCAN CONSTANT ROW" && !isSmall(step)) << step << "\n  " << sql;
      const bool sorts_links_of_one_event = sql.find("WHERE l.event = ?") != std::string::npos;
      EXPECT_FALSE(step.find("TEMP B-TREE") != std::string::npos && !sorts_links_of_one_event) << step << "\n  " << sql;
    }
  }
  return planned;
}

}  // namespace landfall::testing

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// A few connections that read, opened when they are first needed. Thread-safe.
class ReaderPool {
 public:
  /// A connection on loan; goes back to the pool, which must outlive it.
  class Loan {
   public:
    Loan(ReaderPool& pool, std::unique_ptr<Connection> connection) : pool_(&pool), connection_(std::move(connection)) {}
    Loan(Loan&&) = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan();

    Connection& operator*() const { return *connection_; }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// As Connection's; the VFS must outlive this.
  ReaderPool(std::string path, std::string vfs, std::size_t most)
      : path_(std::move(path)), vfs_(std::move(vfs)), most_(most) {}

  /// Waits while all are on loan. Throws SQLite::Exception when a new one cannot be opened.
  Loan borrow();

  /// Closes those that are not on loan.
  void closeIdle();

 private:
  void giveBack(std::unique_ptr<Connection> connection);

  const std::string path_;
  const std::string vfs_;
  const std::size_t most_;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t on_loan_ = 0;
};

}  // namespace landfall::sqlite

// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/reader_pool.h"

#include <utility>

namespace landfall::sqlite {

ReaderPool::Loan::~Loan() {
  if (connection_) pool_->giveBack(std::move(connection_));
}

ReaderPool::Loan ReaderPool::borrow() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return on_loan_ < most_; });
  ++on_loan_;
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return {*this, std::move(connection)};
  }
  lock.unlock();
  try {
    return {*this, std::make_unique<Connection>(path_, Access::Read, vfs_)};
  } catch (...) {
    giveBack(nullptr);
    throw;
  }
}

void ReaderPool::closeIdle() {
  const std::lock_guard lock(mutex_);
  idle_.clear();
}

void ReaderPool::giveBack(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  --on_loan_;
  if (connection) idle_.push_back(std::move(connection));
  returned_.notify_one();
}

}  // namespace landfall::sqlite

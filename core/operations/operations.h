// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/uuid.h"
#include "storage/store.h"

namespace landfall::operations {

using OperationId = base::Id<struct OperationTag>;

/// Running: also while it waits for those before it. Failed: given up, as `error` says.
enum class OperationState { Running, Done, Cancelled, Failed };

/// "running", "done", …: as the API writes it.
std::string_view name(OperationState state);

/// A piece of work that takes longer than a request may.
struct Operation {
  OperationId id;
  std::string kind;  ///< "retry"
  OperationState state = OperationState::Running;
  std::uint64_t count = 0;   ///< what there is to do; known from its beginning
  std::uint64_t done = 0;    ///< of these
  std::uint64_t failed = 0;  ///< likewise
  base::UtcTime started_at;
  std::optional<base::UtcTime> ended_at;
  std::optional<std::string> error;  ///< for people: why it failed, or the last of its failures
};

/// Retries deliveries by filter, one operation after another, on a thread of its own. Remembers the last 100 operations
/// in memory: what they did is in the store. Any thread.
class Operations {
 public:
  Operations(storage::Store& store, const base::Clock& clock, base::Log& log);
  /// As stop().
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  /// How many deliveries retry() would take now. Blocks for reads of the store. InvalidArgument: as retry().
  base::Result<std::uint64_t> countRetry(const storage::DeliveryFilter& filter);

  /// Begins to retry the deliveries that the filter takes at this moment; without a state or reason those that ended
  /// other than by success. Blocks for reads of the store. InvalidArgument: the state is running, which cannot be
  /// retried. ResourceExhausted: too many operations wait.
  base::Result<Operation> retry(const storage::DeliveryFilter& filter);

  /// Newest first.
  std::vector<Operation> list() const;
  std::optional<Operation> find(OperationId id) const;
  /// Stops it before its next step; what is done stays done. NotFound. FailedPrecondition: it has ended.
  base::Result<Operation> cancel(OperationId id);

  /// Cancels what has not ended and waits for the step that is being made. Call it before the store is closed.
  void stop();

 private:
  struct Work {
    Operation shown;  ///< guarded by mutex_
    std::vector<model::DeliveryId> deliveries;
    bool cancelled = false;  ///< guarded by mutex_
  };

  base::Result<std::vector<model::DeliveryId>> deliveriesOf(const storage::DeliveryFilter& filter);
  void loop();
  void run(Work& work);
  /// False: the operation is over.
  bool step(Work& work, model::DeliveryId id);
  void end(Work& work, OperationState state);

  storage::Store& store_;
  const base::Clock& clock_;
  base::Log& log_;

  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Work>> waiting_;
  std::deque<std::shared_ptr<Work>> known_;  ///< newest first
  bool stopped_ = false;

  std::thread thread_;
};

}  // namespace landfall::operations

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "core/base/result.h"
#include "core/kubernetes/calls.h"
#include "core/kubernetes/endpoint.h"

namespace landfall::kubernetes {

/// Makes TCP connections to one server. Any thread.
class Dialer {
 public:
  explicit Dialer(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  const Endpoint& endpoint() const { return endpoint_; }

  /// The descriptor of a blocking socket, the caller's, held by `who`. Each of the server's addresses is tried, with an
  /// even share of the time that is left. Unavailable says why there is none; `who` holds nothing then.
  base::Result<int> dial(Interruption& who, Deadline deadline);

 private:
  struct Question;
  std::shared_ptr<Question> ask();

  const Endpoint endpoint_;
  std::mutex mutex_;
  std::shared_ptr<Question> open_question_;  ///< null: the name servers are not being asked
};

}  // namespace landfall::kubernetes

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/refresh/address_rules.h"
#include "core/refresh/refresher.h"

namespace landfall::refresh {

/// What an answer's status says about the delivery: 2xx succeeded; 400, 405, 406, 411, 413, 414, 415, 422, 431 and 501
/// rejected; 410 target gone; all else (redirects too: none is followed) retryable.
model::AttemptOutcome outcomeOfStatus(int status);

/// Makes one signed HTTP call. No redirects; the name is resolved once, the address checked and that very address
/// called. Blocks for at most the run's timeout, name resolution included. Any thread.
class HttpRefresher {
 public:
  explicit HttpRefresher(AddressRules rules) : rules_(std::move(rules)) {}

  RefreshResult refresh(const RefreshRun& run, const model::HttpTarget& target) const;

 private:
  AddressRules rules_;
};

}  // namespace landfall::refresh

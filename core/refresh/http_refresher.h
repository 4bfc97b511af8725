// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/refresh/address_rules.h"
#include "core/refresh/connection.h"
#include "core/refresh/name_resolver.h"
#include "core/refresh/refresher.h"

namespace landfall::refresh {

/// What an answer's status says about the delivery: 2xx succeeded; 400, 405, 406, 411, 413, 414, 415, 422, 431 and 501
/// rejected; 410 target gone; all else (redirects too: none is followed) retryable.
model::AttemptOutcome outcomeOfStatus(int status);

/// Makes one signed HTTP call. No redirects, no proxies; the name is resolved once, the addresses checked and one of
/// those very addresses called. https is verified against the system's certificates (or SSL_CERT_FILE) and the name in
/// the URL. Blocks for at most the run's timeout, name resolution included. Any thread.
///
/// The answer's status decides as soon as its head has come; its text, at most 4 KiB, is for people. Whatever keeps an
/// answer from coming (a refused address too: rules and names change) is retryable and has no status. The detail holds
/// neither the values of the target's headers nor the path and query of its URL, also when the answer repeats them.
class HttpRefresher {
 public:
  explicit HttpRefresher(AddressRules rules, ResolveFunction resolve = SystemResolver())
      : rules_(std::move(rules)), resolve_(std::move(resolve)), tls_(std::make_shared<TlsContext>()) {}

  RefreshResult refresh(const RefreshRun& run, const model::HttpTarget& target) const;

 private:
  AddressRules rules_;
  ResolveFunction resolve_;
  std::shared_ptr<const TlsContext> tls_;
};

}  // namespace landfall::refresh

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/refresh/address_rules.h"
#include "core/refresh/idle_connections.h"
#include "core/refresh/name_resolver.h"
#include "core/refresh/refresher.h"
#include "core/refresh/said_text.h"
#include "core/refresh/stop_signal.h"
#include "core/refresh/tls_context.h"

namespace landfall::refresh {

/// What an answer's status says about the delivery: 2xx succeeded; 400, 405, 406, 411, 413, 414, 415, 422, 431 and 501
/// rejected; 410 target gone; all else (redirects too: none is followed) retryable.
model::AttemptOutcome outcomeOfStatus(int status);

/// What a configuration says about all http refreshes.
struct HttpCalls {
  std::string ca_pem;  ///< certificates that https trusts instead of the system's; empty: those
  /// Values that must not be kept with an attempt, though a target repeats them.
  std::shared_ptr<const Secrets> secrets = std::make_shared<const Secrets>();
  /// Ends calls that are under way, and lets no other begin: their runs are Interrupted.
  std::shared_ptr<const StopSignal> stop = std::make_shared<const StopSignal>();
};

/// Makes one signed HTTP call. No redirects, no proxies; the name is resolved once, the addresses checked and one of
/// those very addresses called. https is verified against the target's own CA, else `ca_pem`, else the system's
/// certificates (or SSL_CERT_FILE), and the name in the URL. Blocks for at most the run's timeout, name resolution
/// included. Any thread.
///
/// Connections are kept open for the next call to the same scheme, host, port and TLS identity, as long as the address
/// is still one that the name leads to and that may be called. One that fails before a byte of the answer has come was
/// most likely closed by the target meanwhile, and the call is made once more, on a new connection: should the target
/// have got both, it knows the second by its webhook-id.
///
/// The answer's status decides as soon as its head has come; its text, at most 4 KiB, is for people. Whatever keeps an
/// answer from coming (a refused address too: rules and names change) is retryable and has no status. The detail holds
/// none of the secrets, nor the values of the target's headers nor the path and query of its URL, also when the answer
/// repeats them.
class HttpRefresher {
 public:
  explicit HttpRefresher(AddressRules rules, ResolveFunction resolve = SystemResolver(), HttpCalls calls = {})
      : rules_(std::move(rules)),
        resolve_(std::move(resolve)),
        secrets_(std::move(calls.secrets)),
        stop_(std::move(calls.stop)),
        usual_tls_(std::move(calls.ca_pem)) {}

  RefreshResult refresh(const RefreshRun& run, const model::HttpTarget& target) const;

  /// To be called now and then: closes connections that were not used for 30 s or that their targets have closed.
  void tidy() const { idle_.tidy(); }

 private:
  RefreshResult call(const RefreshRun& run, const model::HttpTarget& target) const;

  const AddressRules rules_;
  const ResolveFunction resolve_;
  const std::shared_ptr<const Secrets> secrets_;
  const std::shared_ptr<const StopSignal> stop_;
  const TlsContext usual_tls_;
  mutable IdleConnections idle_;
};

}  // namespace landfall::refresh

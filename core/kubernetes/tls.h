// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/Context.h>

#include <cstddef>
#include <string>

#include "core/base/result.h"
#include "core/kubernetes/access.h"

namespace landfall::kubernetes {

/// What became of the server's certificate in one handshake.
struct Verdict {
  std::string wanted;     ///< the name that it must be made for
  std::string trusted;    ///< who may vouch for it, for people
  std::string complaint;  ///< why it was not accepted, and what to check; empty: nothing was found wrong
};

/// For one connection to `host`: at least TLS 1.2; the certificate has to be vouched for by Access::ca_pem (or the
/// system's certificates) and made for Access::server_name (or `host`). What is found goes into `verdict`, which must
/// outlive the context. InvalidArgument says what of the access cannot be used.
base::Result<Poco::Net::Context::Ptr> makeContext(const Access& access, const std::string& host, Verdict& verdict);

/// "CN=ca, CN=other and 3 more": whom the first `most` certificates of a PEM text are made out to.
std::string subjectsOf(const std::string& pem, std::size_t most);

}  // namespace landfall::kubernetes

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/certificates.h"

namespace landfall::testing {

/// An HTTPS server on 127.0.0.1 that answers each request whose body ends with "}}" (as a
/// refresh does) with "HTTP/1.1 200 OK" and keeps its connections open.
class TlsTarget {
 public:
  /// With a certificate of its own, made for `name`.
  explicit TlsTarget(const std::string& name) : TlsTarget(makeCredential(name)) {}
  /// When there is a `client_ca_pem`, clients must show a certificate that it vouches for.
  explicit TlsTarget(const Credential& credential, const std::string& client_ca_pem = {});
  ~TlsTarget();
  TlsTarget(const TlsTarget&) = delete;
  TlsTarget& operator=(const TlsTarget&) = delete;

  std::uint16_t port() const;
  /// Its certificate as PEM: whoever trusts that file trusts it.
  std::filesystem::path certificateFile() const;
  /// The latest request that was answered; empty before.
  std::string received() const;
  std::size_t requests() const;
  std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace landfall::testing

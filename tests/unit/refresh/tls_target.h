// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace landfall::testing {

/// A certificate and its key, as PEM.
struct Credential {
  std::string certificate_pem;
  std::string key_pem;
};

enum class Validity { Now, Past };

/// An authority that can issue credentials.
Credential makeAuthority();
/// Made for `name` (a DNS name, or "IP:127.0.0.1"); signed by `issuer`, or by itself.
Credential makeCredential(const std::string& name, const Credential* issuer = nullptr,
                          Validity validity = Validity::Now);

/// An HTTPS server on 127.0.0.1 that answers each request with "HTTP/1.1 200 OK" and keeps its connections open.
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

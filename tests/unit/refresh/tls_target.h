// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/temp_dir.h"

namespace landfall::testing {

/// An HTTPS server on 127.0.0.1 with a certificate of its own, made for `name` (a DNS name, or "IP:127.0.0.1"), that
/// answers each connection with "HTTP/1.1 200 OK".
class TlsTarget {
 public:
  explicit TlsTarget(const std::string& name);
  ~TlsTarget();
  TlsTarget(const TlsTarget&) = delete;
  TlsTarget& operator=(const TlsTarget&) = delete;

  std::uint16_t port() const;
  /// Its certificate as PEM: whoever trusts that file trusts it.
  std::filesystem::path certificateFile() const;
  /// Everything that came in, once one request was answered; empty before.
  std::string received() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace landfall::testing

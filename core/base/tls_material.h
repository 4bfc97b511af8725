// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/status.h"

namespace landfall::base {

/// What a TLS server shows and asks for, as PEM.
struct TlsMaterial {
  std::string certificate_pem;  ///< its own certificate, the chain behind it
  std::string key_pem;          ///< secret
  std::string client_ca_pem;    ///< whom it believes about clients' certificates; empty: it asks for none

  bool operator==(const TlsMaterial&) const = default;
};

/// Ok when the certificate and the key are readable and belong together and every client CA can be read.
/// InvalidArgument says which of the three is wrong ("the certificate", "the key", "the client CA") and how.
Status checkTlsMaterial(const TlsMaterial& material);

/// Ok when `pem` holds at least one certificate and nothing that cannot be read. InvalidArgument says what is wrong.
Status checkCertificates(const std::string& pem);

/// Ok when the certificate (with its chain) and the key are readable and belong together.
Status checkKeyPair(const std::string& certificate_pem, const std::string& key_pem);

}  // namespace landfall::base

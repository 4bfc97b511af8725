// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

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
/// For a client whose whole subject is "CN=`common_name`", or "CN=`common_name`,O=`organization`".
Credential makeClientCredential(const std::string& common_name, const Credential& issuer,
                                const std::string& organization = {});

/// The first of a PEM text, for OpenSSL's own calls.
std::shared_ptr<EVP_PKEY> readKey(const std::string& pem);
std::shared_ptr<X509> readCertificate(const std::string& pem);

}  // namespace landfall::testing

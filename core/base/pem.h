// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace landfall::base {

// OpenSSL's objects that hold themselves, and how PEM becomes them. What goes wrong is left in OpenSSL's error queue.

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// To read `text` from, which must outlive it.
Bio bioOf(const std::string& text);

/// Those up to the end, or to where something cannot be read. Leaves nothing in the error queue.
std::vector<Certificate> readCertificates(const std::string& pem);

/// OpenSSL's first complaint, and none left behind for the next call on this thread.
std::string tlsComplaint();

/// Null at the end, or where something cannot be read.
Certificate nextCertificate(BIO* pem);

/// Null when there is none, or one with a passphrase: that is refused rather than asked for on the terminal.
Key readKey(const std::string& pem);

}  // namespace landfall::base

// SPDX-License-Identifier: Apache-2.0
#include "core/base/tls_material.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace landfall::base {
namespace {

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

Bio bioOf(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

/// An encrypted key is refused rather than asked about on the terminal.
int noPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return 0; }

/// The first certificate; null when there is none. Says whether something behind it cannot be read.
struct ReadCertificates {
  Certificate first;
  bool damaged = false;
};

ReadCertificates readCertificates(const std::string& pem) {
  ReadCertificates read;
  const Bio bio = bioOf(pem);
  while (true) {
    Certificate next(PEM_read_bio_X509(bio.get(), nullptr, noPassphrase, nullptr));
    if (next == nullptr) break;
    if (read.first == nullptr) read.first = std::move(next);
  }
  const auto error = ERR_peek_last_error();
  read.damaged = ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE;
  ERR_clear_error();
  return read;
}

Status readable(const ReadCertificates& read) {
  if (read.damaged) return invalidArgument("a certificate is damaged");
  if (read.first == nullptr) return invalidArgument("no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  return {};
}

}  // namespace

Status checkCertificates(const std::string& pem) { return readable(readCertificates(pem)); }

Status checkKeyPair(const std::string& certificate_pem, const std::string& key_pem) {
  const ReadCertificates certificate = readCertificates(certificate_pem);
  if (const Status fit = readable(certificate); !fit.ok()) return invalidArgument("the certificate: " + fit.message());
  const Bio bio = bioOf(key_pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassphrase, nullptr));
  ERR_clear_error();
  if (key == nullptr) return invalidArgument("the key: no private key in PEM form, or one with a passphrase");
  const bool fits = X509_check_private_key(certificate.first.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return invalidArgument("the key: it does not belong to the certificate");
  return {};
}

Status checkTlsMaterial(const TlsMaterial& material) {
  if (const Status fit = checkKeyPair(material.certificate_pem, material.key_pem); !fit.ok()) return fit;
  if (material.client_ca_pem.empty()) return {};
  const Status fit = checkCertificates(material.client_ca_pem);
  return fit.ok() ? fit : invalidArgument("the client CA: " + fit.message());
}

}  // namespace landfall::base

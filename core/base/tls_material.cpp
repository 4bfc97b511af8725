// SPDX-License-Identifier: Apache-2.0
#include "core/base/tls_material.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "core/base/pem.h"

namespace landfall::base {
namespace {

/// The first certificate; null when there is none. Says whether something behind it cannot be read.
struct ReadCertificates {
  Certificate first;
  bool damaged = false;
};

ReadCertificates readAll(const std::string& pem) {
  ReadCertificates read;
  const Bio bio = bioOf(pem);
  while (true) {
    Certificate next = nextCertificate(bio.get());
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

Status checkCertificates(const std::string& pem) { return readable(readAll(pem)); }

Status checkKeyPair(const std::string& certificate_pem, const std::string& key_pem) {
  const ReadCertificates certificate = readAll(certificate_pem);
  if (const Status fit = readable(certificate); !fit.ok()) return invalidArgument("the certificate: " + fit.message());
  const Key key = readKey(key_pem);
  ERR_clear_error();
  if (key == nullptr) return invalidArgument("the key: no private key in PEM form, or one with a passphrase");
  const bool fits = X509_check_private_key(certificate.first.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return invalidArgument("the key: it does not belong to the certificate");
  return {};
}

Status checkTlsMaterial(const TlsMaterial& material) {
  if (Status fit = checkKeyPair(material.certificate_pem, material.key_pem); !fit.ok()) return fit;
  if (material.client_ca_pem.empty()) return {};
  const Status fit = checkCertificates(material.client_ca_pem);
  return fit.ok() ? fit : invalidArgument("the client CA: " + fit.message());
}

}  // namespace landfall::base

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificates.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace landfall::testing {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;
using Bio = std::shared_ptr<BIO>;

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

Bio memory(const std::string& text = {}) {
  BIO* const bio = ::BIO_new(::BIO_s_mem());
  ::BIO_write(bio, text.data(), static_cast<int>(text.size()));
  return {bio, [](BIO* b) { ::BIO_free(b); }};
}

std::string textOf(const Bio& bio) {
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  require(extension != nullptr, "no extension");
  ::X509_add_ext(certificate, extension, -1);
  ::X509_EXTENSION_free(extension);
}

/// `what`: the one extension that says what it is for.
Credential make(const std::string& common_name, const std::string& organization, int what, const std::string& value,
                const Credential* issuer, Validity validity) {
  const Key key(::EVP_EC_gen("P-256"), [](EVP_PKEY* k) { ::EVP_PKEY_free(k); });
  const Certificate certificate(::X509_new(), [](X509* x) { ::X509_free(x); });
  X509* const x = certificate.get();
  ::X509_set_version(x, 2);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(x), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(x), -7200);
  ::X509_gmtime_adj(::X509_getm_notAfter(x), validity == Validity::Past ? -3600 : 3600);
  ::X509_set_pubkey(x, key.get());
  X509_NAME* const subject = ::X509_get_subject_name(x);
  const auto* const name = reinterpret_cast<const unsigned char*>(common_name.c_str());
  // In a certificate the most general part stands first, in the text of RFC 4514 last.
  if (!organization.empty()) {
    const auto* const owner = reinterpret_cast<const unsigned char*>(organization.c_str());
    ::X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, owner, -1, -1, 0);
  }
  ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0);
  extend(x, what, value);
  const Certificate above = issuer != nullptr ? readCertificate(issuer->certificate_pem) : certificate;
  const Key signer = issuer != nullptr ? readKey(issuer->key_pem) : key;
  ::X509_set_issuer_name(x, ::X509_get_subject_name(above.get()));
  require(::X509_sign(x, signer.get(), ::EVP_sha256()) > 0, "a certificate cannot be signed");

  const Bio certificate_text = memory();
  const Bio key_text = memory();
  require(::PEM_write_bio_X509(certificate_text.get(), x) == 1 &&
              ::PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "a certificate cannot be written");
  return {textOf(certificate_text), textOf(key_text)};
}

}  // namespace

Key readKey(const std::string& pem) {
  return {::PEM_read_bio_PrivateKey(memory(pem).get(), nullptr, nullptr, nullptr),
          [](EVP_PKEY* key) { ::EVP_PKEY_free(key); }};
}

Certificate readCertificate(const std::string& pem) {
  return {::PEM_read_bio_X509(memory(pem).get(), nullptr, nullptr, nullptr), [](X509* x) { ::X509_free(x); }};
}

Credential makeAuthority() {
  return make("authority", "", NID_basic_constraints, "critical,CA:TRUE", nullptr, Validity::Now);
}

Credential makeCredential(const std::string& name, const Credential* issuer, Validity validity) {
  return make("test", "", NID_subject_alt_name, name.starts_with("IP:") ? name : "DNS:" + name, issuer, validity);
}

Credential makeClientCredential(const std::string& common_name, const Credential& issuer,
                                const std::string& organization) {
  return make(common_name, organization, NID_ext_key_usage, "clientAuth", &issuer, Validity::Now);
}

}  // namespace landfall::testing

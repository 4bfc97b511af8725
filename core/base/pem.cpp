// SPDX-License-Identifier: Apache-2.0
#include "core/base/pem.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

namespace landfall::base {
namespace {

int noPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return 0; }

}  // namespace

Bio bioOf(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Certificate nextCertificate(BIO* pem) { return Certificate(PEM_read_bio_X509(pem, nullptr, noPassphrase, nullptr)); }

std::vector<Certificate> readCertificates(const std::string& pem) {
  std::vector<Certificate> certificates;
  const Bio bio = bioOf(pem);
  while (auto next = nextCertificate(bio.get())) certificates.push_back(std::move(next));
  ERR_clear_error();  // that there is no further one
  return certificates;
}

std::string tlsComplaint() {
  const unsigned long code = ERR_peek_error();
  std::string text = "the connection was closed";
  if (code != 0) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : fmt::format("error {:x}", code);
  }
  ERR_clear_error();
  return text;
}

Key readKey(const std::string& pem) {
  const Bio bio = bioOf(pem);
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassphrase, nullptr));
}

}  // namespace landfall::base

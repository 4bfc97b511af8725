// SPDX-License-Identifier: Apache-2.0
#include "core/base/pem.h"

#include <openssl/pem.h>

namespace landfall::base {
namespace {

int noPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return 0; }

}  // namespace

Bio bioOf(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Certificate nextCertificate(BIO* pem) { return Certificate(PEM_read_bio_X509(pem, nullptr, noPassphrase, nullptr)); }

Key readKey(const std::string& pem) {
  const Bio bio = bioOf(pem);
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassphrase, nullptr));
}

}  // namespace landfall::base

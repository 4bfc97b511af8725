// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/bounded_file.h"
#include "core/kubernetes/tls.h"

namespace landfall::kubernetes {
namespace {

constexpr std::uint64_t kMostTokenBytes = std::uint64_t{1} << 20;

std::string trimmed(const std::string& text) {
  constexpr auto kSpace = " \t\r\n";
  const auto from = text.find_first_not_of(kSpace);
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

/// What may stand in a header.
bool isToken(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

base::Result<std::string> Credentials::token() {
  if (access_.token_file.empty()) {
    if (!access_.token.empty() && !isToken(access_.token))
      return base::invalidArgument("the token has characters in it that no token has: is it cut or doubly encoded?");
    return access_.token;
  }
  const auto text = base::readBoundedFile(access_.token_file, kMostTokenBytes);
  const std::string token = text.ok() ? trimmed(*text) : "";
  const std::lock_guard lock(mutex_);
  if (isToken(token)) last_ = token;
  if (!last_.empty()) return last_;
  return base::failedPrecondition(fmt::format("the token file {} {}", access_.token_file.string(),
                                              text.ok() ? "holds no token" : text.status().message()));
}

std::string Credentials::described() const {
  if (!access_.token_file.empty()) return fmt::format("the token in {}", access_.token_file.string());
  if (!access_.token.empty()) return "the token of the kubeconfig's user";
  if (!access_.client_certificate_pem.empty())
    return fmt::format("the client certificate ({})", subjectsOf(access_.client_certificate_pem, 1));
  return "no credential at all";
}

}  // namespace landfall::kubernetes

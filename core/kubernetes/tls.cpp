// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/tls.h"

#include <Poco/Exception.h>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/network.h"
#include "core/base/pem.h"
#include "core/base/tls_material.h"

namespace landfall::kubernetes {
namespace {

using Poco::Net::Context;

std::string textOf(const X509_NAME* name) {
  const base::Bio bio(::BIO_new(::BIO_s_mem()));
  ::X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : "nobody";
}

std::string textOf(const ASN1_OCTET_STRING* address) {
  char text[INET6_ADDRSTRLEN] = "";
  const int size = ::ASN1_STRING_length(address);
  if (size == 4 || size == 16)
    ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ::ASN1_STRING_get0_data(address), text, sizeof text);
  return text;
}

/// The names that a certificate is made for, the first few of them.
std::string namesOf(const X509* certificate) {
  constexpr int kMost = 8;
  using Names = std::unique_ptr<GENERAL_NAMES, base::Freed<GENERAL_NAMES_free>>;
  const Names names(
      static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string text;
  const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
  for (int at = 0; at < std::min(count, kMost); ++at) {
    int type = 0;
    const void* value = ::GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), at), &type);
    std::string name;
    if (type == GEN_DNS) {
      const auto* dns = static_cast<const ASN1_STRING*>(value);
      name.assign(reinterpret_cast<const char*>(::ASN1_STRING_get0_data(dns)),
                  static_cast<std::size_t>(::ASN1_STRING_length(dns)));
    } else if (type == GEN_IPADD) {
      name = textOf(static_cast<const ASN1_OCTET_STRING*>(value));
    }
    if (!name.empty()) text += (text.empty() ? "" : ", ") + name;
  }
  if (count > kMost) text += ", …";
  return text.empty() ? "no name at all" : text;
}

std::string hintFor(int error, const X509* certificate, const Verdict& verdict) {
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("it is made for {}, not for {}: use one of those names, or name it as tls-server-name",
                         namesOf(certificate), verdict.wanted);
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "renew it, or put the clock right";
    default:
      return fmt::format("trusted are {}: check the certificate authority", verdict.trusted);
  }
}

/// OpenSSL asks it instead of verifying by itself, so that what was wrong with whose certificate is not lost.
int verify(X509_STORE_CTX* store, void* argument) {
  const int accepted = ::X509_verify_cert(store);
  if (accepted == 1) return accepted;
  auto& verdict = *static_cast<Verdict*>(argument);
  const int error = ::X509_STORE_CTX_get_error(store);
  const X509* certificate = ::X509_STORE_CTX_get_current_cert(store);
  if (certificate == nullptr) certificate = ::X509_STORE_CTX_get0_cert(store);
  if (certificate == nullptr) return accepted;
  verdict.complaint = fmt::format("the server's certificate is not accepted: {} ({}, issued by {}): {}",
                                  ::X509_verify_cert_error_string(error), textOf(::X509_get_subject_name(certificate)),
                                  textOf(::X509_get_issuer_name(certificate)), hintFor(error, certificate, verdict));
  return accepted;
}

base::Status trust(SSL_CTX* context, const std::string& pem) {
  if (pem.empty()) {
    if (::SSL_CTX_set_default_verify_paths(context) == 1) return {};
    return base::unavailable("the system's certificates cannot be read: " + base::tlsComplaint());
  }
  if (const auto status = base::checkCertificates(pem); !status.ok())
    return base::invalidArgument("the certificate authority cannot be used: " + status.message());
  X509_STORE* const store = ::SSL_CTX_get_cert_store(context);
  for (const auto& certificate : base::readCertificates(pem)) ::X509_STORE_add_cert(store, certificate.get());
  // Whoever names an intermediate authority trusts just that, as Kubernetes' own clients do.
  ::X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  ::ERR_clear_error();
  return {};
}

base::Status identify(SSL_CTX* context, const Access& access) {
  if (access.client_certificate_pem.empty()) return {};
  if (const auto status = base::checkKeyPair(access.client_certificate_pem, access.client_key_pem); !status.ok())
    return base::invalidArgument("the client certificate cannot be used: " + status.message());
  const auto chain = base::readCertificates(access.client_certificate_pem);
  const base::Key key = base::readKey(access.client_key_pem);
  bool done =
      ::SSL_CTX_use_certificate(context, chain.front().get()) == 1 && ::SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  for (std::size_t at = 1; done && at < chain.size(); ++at)
    done = ::SSL_CTX_add1_chain_cert(context, chain[at].get()) == 1;
  if (!done) return base::invalidArgument("the client certificate cannot be used: " + base::tlsComplaint());
  return {};
}

bool demandName(SSL_CTX* context, const std::string& name) {
  X509_VERIFY_PARAM* const wanted = ::SSL_CTX_get0_param(context);
  // As Go has it, whose clients a cluster's certificates are made for: the common name does not count.
  ::X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return (base::isIpAddress(name) ? ::X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str())
                                  : ::X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size())) == 1;
}

}  // namespace

std::string subjectsOf(const std::string& pem, std::size_t most) {
  const auto certificates = base::readCertificates(pem);
  std::string text;
  for (std::size_t at = 0; at < std::min(most, certificates.size()); ++at)
    text += (at == 0 ? "" : "; ") + textOf(::X509_get_subject_name(certificates[at].get()));
  if (certificates.size() > most) text += fmt::format(" and {} more", certificates.size() - most);
  return text;
}

base::Result<Context::Ptr> makeContext(const Access& access, const std::string& host, Verdict& verdict) {
  try {
    Context::Ptr context(new Context(Context::TLS_CLIENT_USE, "", Context::VERIFY_STRICT, 9, false, "DEFAULT"));
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    // OpenSSL compares the name itself, below: Poco's own comparison comes after the handshake and says less.
    context->enableExtendedCertificateVerification(false);
    SSL_CTX* const raw = context->sslContext();
    ::ERR_clear_error();
    if (auto status = trust(raw, access.ca_pem); !status.ok()) return status;
    if (auto status = identify(raw, access); !status.ok()) return status;
    verdict.wanted = access.server_name.empty() ? host : access.server_name;
    verdict.trusted = access.ca_pem.empty() ? "the system's certificates" : subjectsOf(access.ca_pem, 3);
    if (!demandName(raw, verdict.wanted))
      return base::invalidArgument("the server's name cannot be verified: " + base::tlsComplaint());
    ::SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
    ::SSL_CTX_set_cert_verify_callback(raw, verify, &verdict);
    return context;
  } catch (const Poco::Exception& error) {
    return base::unavailable("TLS cannot be used: " + error.displayText());
  }
}

}  // namespace landfall::kubernetes

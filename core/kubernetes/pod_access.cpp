// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdlib>

#include "core/base/bounded_file.h"
#include "core/base/tls_material.h"
#include "core/kubernetes/access.h"
#include "core/kubernetes/endpoint.h"

namespace landfall::kubernetes {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 20;

base::Status notInPod(const std::string& why) {
  return base::failedPrecondition(
      fmt::format("this is no pod with a service account: {}; outside a cluster set kubernetes.kubeconfig", why));
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

base::Result<Access> accessFromPod(const std::filesystem::path& folder) {
  const std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty())
    return notInPod(fmt::format("{} is not in the environment",
                                host.empty() ? "KUBERNETES_SERVICE_HOST" : "KUBERNETES_SERVICE_PORT"));
  Access access;
  const bool brackets = host.find(':') != std::string::npos && !host.starts_with('[');
  access.server = fmt::format("https://{}{}{}:{}", brackets ? "[" : "", host, brackets ? "]" : "", port);
  if (const auto endpoint = readEndpoint(access.server); !endpoint.ok())
    return notInPod(
        fmt::format("what KUBERNETES_SERVICE_HOST and _PORT name, {}, {}", access.server, endpoint.status().message()));

  access.token_file = folder / "token";
  const auto token = base::readBoundedFile(access.token_file, kMostBytes);
  if (!token.ok()) return notInPod(fmt::format("{} {}", access.token_file.string(), token.status().message()));
  const auto ca_file = folder / "ca.crt";
  const auto ca = base::readBoundedFile(ca_file, kMostBytes);
  if (!ca.ok()) return notInPod(fmt::format("{} {}", ca_file.string(), ca.status().message()));
  if (const auto status = base::checkCertificates(*ca); !status.ok())
    return notInPod(fmt::format("{}: {}", ca_file.string(), status.message()));
  access.ca_pem = *ca;
  if (const auto name = base::readBoundedFile(folder / "namespace", kMostBytes); name.ok())
    access.default_namespace = name->substr(0, name->find_first_of(" \r\n\t"));
  return access;
}

}  // namespace landfall::kubernetes

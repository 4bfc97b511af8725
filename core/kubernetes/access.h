// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace landfall::kubernetes {

/// How one API server is reached and who asks. Its certificate is always verified, the name in it included.
struct Access {
  std::string server;       ///< "https://10.0.0.1:6443", "https://[fd00::1]:443/k8s/clusters/c-1": no slash at its end
  std::string ca_pem;       ///< who may vouch for the server; empty: the system's certificates
  std::string server_name;  ///< the name its certificate must be for; empty: the host of `server`

  std::string token;                 ///< sent as Bearer; secret
  std::filesystem::path token_file;  ///< instead of it: read anew when it changes, as a cluster rotates it
  std::string client_certificate_pem;
  std::string client_key_pem;  ///< of that certificate; secret

  std::string default_namespace;  ///< the context's, or the pod's own; may be empty

  bool operator==(const Access&) const = default;
};

/// What a pod finds: KUBERNETES_SERVICE_HOST and _PORT in the environment, and in `folder` token, ca.crt and namespace
/// (kubernetes.io "Accessing the Kubernetes API from a Pod"). FailedPrecondition says what is missing and that a
/// kubeconfig is the other way.
base::Result<Access> accessFromPod(
    const std::filesystem::path& folder = "/var/run/secrets/kubernetes.io/serviceaccount");

/// A kubeconfig file (kubernetes.io "Organizing Cluster Access Using kubeconfig Files"): `context`, or its
/// current-context when that is empty. Certificates and keys from the file itself or from files it names (relative:
/// from its own folder), token, tokenFile, client certificates. InvalidArgument names file, line and key: what is
/// missing or cannot be read, and what is refused (exec and auth-provider plugins, insecure-skip-tls-verify, user names
/// with passwords, http://, proxy-url, impersonation) with what to use instead.
base::Result<Access> readKubeconfig(const std::filesystem::path& file, std::string_view context = {});

}  // namespace landfall::kubernetes

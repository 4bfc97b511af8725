// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/bounded_file.h"
#include "core/base/crypto.h"
#include "core/base/tls_material.h"
#include "core/kubernetes/access.h"
#include "core/kubernetes/endpoint.h"

namespace landfall::kubernetes {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{10} << 20;

/// Ends the reading, inside this file only.
struct Refused {
  base::Status status;
};

struct NotAccepted {
  const char* key;
  const char* instead;
};

constexpr std::array<NotAccepted, 10> kNotAcceptedOfUsers{{
    {"exec",
     "programs that fetch credentials are not run; use a service account's token (token or tokenFile) or a "
     "client certificate"},
    {"auth-provider",
     "plugins that fetch credentials are not run; use a service account's token (token or tokenFile) "
     "or a client certificate"},
    {"username", "API servers accept no passwords any more; use a token or a client certificate"},
    {"password", "API servers accept no passwords any more; use a token or a client certificate"},
    {"as", "impersonation is not done; use a credential of that user itself"},
    {"as-uid", "impersonation is not done; use a credential of that user itself"},
    {"as-groups", "impersonation is not done; use a credential of that user itself"},
    {"as-user-extra", "impersonation is not done; use a credential of that user itself"},
    {"client-certificate-password", "keys with passwords are not read"},
    {"client-key-password", "keys with passwords are not read"},
}};

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file) {}

  Access read(std::string_view context_name) {
    const auto text = base::readBoundedFile(file_, kMostBytes);
    if (!text.ok()) throw Refused{base::invalidArgument(fmt::format("{} {}", file_.string(), text.status().message()))};
    const YAML::Node root = load(*text);
    if (!root.IsMap()) refuse(root, "is no kubeconfig: a mapping with contexts, clusters and users is expected");

    const std::string wanted = context_name.empty() ? textOf(root, "current-context") : std::string(context_name);
    if (wanted.empty()) refuse(root, "current-context: names no context: set it, or name a context");
    const YAML::Node context = named(root, "contexts", "context", wanted);
    Access access;
    access.default_namespace = textOf(context, "namespace");
    readCluster(named(root, "clusters", "cluster", required(context, "cluster", wanted)), access);
    readUser(named(root, "users", "user", required(context, "user", wanted)), access);
    return access;
  }

 private:
  [[noreturn]] void refuse(const YAML::Node& at, const std::string& message) const {
    const int line = at.Mark().line + 1;
    throw Refused{base::invalidArgument(line > 0 ? fmt::format("{}:{}: {}", file_.string(), line, message)
                                                 : fmt::format("{}: {}", file_.string(), message))};
  }

  YAML::Node load(const std::string& text) const {
    try {
      return YAML::Load(text);
    } catch (const YAML::ParserException& error) {
      throw Refused{base::invalidArgument(
          fmt::format("{}:{}: is no valid YAML: {}", file_.string(), error.mark.line + 1, error.msg))};
    }
  }

  /// Empty when it is not given.
  std::string textOf(const YAML::Node& mapping, const char* key) const {
    const YAML::Node value = mapping[key];
    if (!value || value.IsNull()) return "";
    if (!value.IsScalar()) refuse(value, fmt::format("{}: text is expected", key));
    return value.Scalar();
  }

  bool given(const YAML::Node& mapping, const char* key) const {
    const YAML::Node value = mapping[key];
    return value && !value.IsNull() && !(value.IsScalar() && value.Scalar().empty());
  }

  std::string required(const YAML::Node& context, const char* key, const std::string& name) const {
    auto value = textOf(context, key);
    if (value.empty()) refuse(context, fmt::format("contexts: {}: {}: is missing: name one of {}s", name, key, key));
    return value;
  }

  /// What stands under `key` in the entry of `list` that has this name.
  YAML::Node named(const YAML::Node& root, const char* list, const char* key, const std::string& name) const {
    const YAML::Node entries = root[list];
    if (entries && !entries.IsNull() && !entries.IsSequence())
      refuse(entries, fmt::format("{}: a list is expected", list));
    std::string known;
    for (std::size_t at = 0; entries && at < entries.size(); ++at) {
      const YAML::Node entry = entries[at];
      if (!entry.IsMap()) refuse(entry, fmt::format("{}: a mapping with name and {} is expected", list, key));
      const std::string has = textOf(entry, "name");
      if (has != name) {
        known += (known.empty() ? "" : ", ") + has;
        continue;
      }
      const YAML::Node value = entry[key];
      if (!value || !value.IsMap()) refuse(entry, fmt::format("{}: {}: {}: a mapping is expected", list, name, key));
      return value;
    }
    refuse(entries ? entries : root,
           fmt::format("{}: none has the name {}; there are: {}", list, name, known.empty() ? "none" : known));
  }

  /// The bytes of `key`, in base64 in the file itself (`key`-data) or in a file of their own. Empty: neither is given.
  std::string material(const YAML::Node& mapping, const std::string& key) const {
    const std::string data_key = key + "-data";
    if (auto data = textOf(mapping, data_key.c_str()); !data.empty()) {
      std::erase_if(data, [](unsigned char c) { return std::isspace(c) != 0; });
      auto bytes = base::fromBase64(data);
      if (!bytes) refuse(mapping[data_key], data_key + ": is no base64");
      return *std::move(bytes);
    }
    const std::string name = textOf(mapping, key.c_str());
    if (name.empty()) return "";
    const auto path = fromFolder(name);
    auto bytes = base::readBoundedFile(path, kMostBytes);
    if (!bytes.ok()) refuse(mapping[key], fmt::format("{}: {} {}", key, path.string(), bytes.status().message()));
    return *std::move(bytes);
  }

  std::filesystem::path fromFolder(const std::string& name) const {
    return (std::filesystem::absolute(file_).parent_path() / name).lexically_normal();
  }

  void readCluster(const YAML::Node& cluster, Access& access) const {
    access.server = textOf(cluster, "server");
    while (access.server.ends_with('/')) access.server.pop_back();
    if (access.server.empty()) refuse(cluster, "server: is missing: the https:// address of the API server");
    if (const auto endpoint = readEndpoint(access.server); !endpoint.ok())
      refuse(cluster["server"], "server: " + endpoint.status().message());
    const std::string insecure = textOf(cluster, "insecure-skip-tls-verify");
    if (!insecure.empty() && insecure != "false")
      refuse(cluster["insecure-skip-tls-verify"],
             "insecure-skip-tls-verify: the server's certificate is always verified; name its authority in "
             "certificate-authority, and its name in tls-server-name when it is made for another");
    if (given(cluster, "proxy-url"))
      refuse(cluster["proxy-url"], "proxy-url: proxies are not used; name an address that can be reached directly");
    access.server_name = textOf(cluster, "tls-server-name");
    access.ca_pem = material(cluster, "certificate-authority");
    if (access.ca_pem.empty()) return;
    if (const auto status = base::checkCertificates(access.ca_pem); !status.ok())
      refuse(cluster, "certificate-authority: " + status.message());
  }

  void readUser(const YAML::Node& user, Access& access) const {
    for (const auto& [key, instead] : kNotAcceptedOfUsers) {
      if (given(user, key)) refuse(user[key], fmt::format("{}: {}", key, instead));
    }
    access.client_certificate_pem = material(user, "client-certificate");
    access.client_key_pem = material(user, "client-key");
    if (access.client_certificate_pem.empty() != access.client_key_pem.empty())
      refuse(user, "client-certificate and client-key: only one of them is given");
    if (!access.client_certificate_pem.empty()) {
      const auto status = base::checkKeyPair(access.client_certificate_pem, access.client_key_pem);
      if (!status.ok()) refuse(user, "client-certificate, client-key: " + status.message());
    }
    const std::string token_file = textOf(user, "tokenFile");
    if (token_file.empty()) {
      access.token = textOf(user, "token");
    } else {
      access.token_file = fromFolder(token_file);
      const auto token = base::readBoundedFile(access.token_file, kMostBytes);
      if (!token.ok())
        refuse(user["tokenFile"],
               fmt::format("tokenFile: {} {}", access.token_file.string(), token.status().message()));
    }
    if (access.token.empty() && access.token_file.empty() && access.client_certificate_pem.empty())
      refuse(user, "the user has no credential: give it token, tokenFile, or client-certificate and client-key");
  }

  const std::filesystem::path& file_;
};

}  // namespace

base::Result<Access> readKubeconfig(const std::filesystem::path& file, std::string_view context) {
  try {
    return Reader(file).read(context);
  } catch (const Refused& refused) {
    return refused.status;
  } catch (const YAML::Exception& error) {
    return base::invalidArgument(fmt::format("{}:{}: {}", file.string(), error.mark.line + 1, error.msg));
  } catch (const std::filesystem::filesystem_error& error) {
    return base::invalidArgument(fmt::format("{} cannot be read: {}", file.string(), error.code().message()));
  }
}

}  // namespace landfall::kubernetes

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/network.h"
#include "core/config/problem.h"

namespace landfall::config {

enum class TokenScope { Read, Operate };

struct ApiToken {
  std::string name;
  TokenScope scope = TokenScope::Read;
  std::string sha256;  ///< 64 lower-case hex digits

  bool operator==(const ApiToken&) const = default;
};

/// An address to listen on. The port may be 0: any free one.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const ListenAddress&) const = default;
  std::string text() const;  ///< "127.0.0.1:8080", "[::1]:8080"
};

/// Scheme, host and port of an absolute URL: "https://hooks.example/in" → "https://hooks.example".
std::string originOf(const std::string& url);

/// landfall.yaml, with every default applied and every relative path made absolute from the folder of the file.
struct Settings {
  std::string base_url = "http://127.0.0.1:8080";  ///< without a last slash

  /// Files of PEM; none named: no TLS.
  struct Tls {
    std::filesystem::path certificate_file;  ///< the listener's, its chain behind it
    std::filesystem::path key_file;
    std::filesystem::path client_ca_file;  ///< clients may show a certificate that these vouch for
    bool operator==(const Tls&) const = default;
  };

  struct Webhooks {
    ListenAddress listen{"127.0.0.1", 8080};
    std::uint64_t max_body_bytes = 2097152;
    std::size_t max_connections = 10000;
    std::vector<base::Network> trusted_proxies;  ///< whose Forwarded and X-Forwarded-For count
    Tls tls;
    bool operator==(const Webhooks&) const = default;
  } webhooks;

  struct Admin {
    ListenAddress listen{"127.0.0.1", 8081};
    std::vector<ApiToken> tokens;  ///< none: loopback only, no token asked
    Tls tls;
    bool operator==(const Admin&) const = default;
  } admin;

  struct Storage {
    std::string url;  ///< "sqlite:/absolute/landfall.db"
    struct Retention {
      std::chrono::milliseconds age{std::chrono::hours(24 * 30)};  ///< 0: no limit
      std::uint64_t bytes = std::uint64_t{1} << 30;                ///< of the whole database; 0: no limit
      bool operator==(const Retention&) const = default;
    } retention;
    bool operator==(const Storage&) const = default;
  } storage;

  struct Plugins {
    std::vector<std::filesystem::path> folders;
    bool watch = true;
    std::map<std::string, std::string> sha256;
    bool operator==(const Plugins&) const = default;
  } plugins;

  struct Resources {
    std::vector<std::filesystem::path> folders;
    bool watch = true;
    std::string system_namespace = "kargo-system-resources";
    bool operator==(const Resources&) const = default;
  } resources;

  struct Kubernetes {
    bool enabled = false;
    std::filesystem::path kubeconfig;     ///< empty: what a pod finds
    std::vector<std::string> namespaces;  ///< whose objects count; none: all
    bool publish_status = false;          ///< write the receivers' URLs to status.webhookReceivers, as Kargo does
    bool allow_other_namespaces = false;  ///< a Warehouse's annotation may name an object of another namespace
    bool operator==(const Kubernetes&) const = default;
  } kubernetes;

  struct Delivery {
    std::size_t workers = 16;
    std::chrono::milliseconds min_interval{2000};
    std::chrono::milliseconds timeout{15000};
    std::chrono::milliseconds max_age{std::chrono::hours(24)};
    std::uint32_t max_attempts = 0;  ///< 0: unlimited
    std::chrono::milliseconds backoff_base{1000};
    std::chrono::milliseconds backoff_cap{std::chrono::minutes(5)};
    std::uint32_t breaker_failures = 5;
    std::chrono::milliseconds breaker_cooldown{30000};
    bool operator==(const Delivery&) const = default;
  } delivery;

  struct Refreshers {
    struct Program {
      std::vector<std::string> argv;  ///< the first is an absolute path
      std::chrono::milliseconds timeout{std::chrono::minutes(5)};
      bool operator==(const Program&) const = default;
    };
    std::vector<base::Network> http_allowed_networks;
    std::filesystem::path http_ca_file;       ///< certificates to trust instead of the system's; empty: those
    std::map<std::string, Program> programs;  ///< by the name that a Warehouse's `command` uses
    bool operator==(const Refreshers&) const = default;
  } refreshers;

  struct LogSettings {
    base::LogLevel level = base::LogLevel::Info;
    base::LogFormat format = base::LogFormat::Text;
    base::LoggerLevels loggers;  ///< those with a level of their own
    bool operator==(const LogSettings&) const = default;
  } log;

  bool operator==(const Settings&) const = default;
};

struct SettingsRead {
  Settings settings;
  Problems problems;  ///< all of them at once; settings count only when none is an error
  /// Where the keys stand that later checks speak of: those that cannot change without a restart ("webhooks.listen",
  /// "storage.url") and those that name files ("admin.tls.keyFile", "refreshers.command.programs.redeploy").
  std::map<std::string, std::size_t> lines;
};

/// Reads a landfall.yaml. `file` names it in problems and anchors relative paths. Any bytes are good.
SettingsRead parseSettings(const std::string& text, const std::filesystem::path& file);

/// Reads the file first; a missing or unreadable one, or one over 1 MiB, is a problem.
SettingsRead readSettings(const std::filesystem::path& file);

}  // namespace landfall::config

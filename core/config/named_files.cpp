// SPDX-License-Identifier: Apache-2.0
#include "core/config/named_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "core/adapters/ownership.h"
#include "core/base/bounded_file.h"

namespace landfall::config {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostPemBytes = 4 << 20;  // some 2,000 certificates
constexpr std::string_view kReadable = "a PEM file of at most 4 MiB that the user Landfall runs as may read";

class NamedFiles {
 public:
  NamedFiles(const SettingsRead& read, const std::string& file, std::vector<fs::path>& files, Report& report)
      : lines_(read.lines), file_(file), files_(files), report_(report) {}

  /// Nothing when none is named, and when what is named cannot be used, which was reported.
  std::optional<base::TlsMaterial> tls(const Settings::Tls& named, const std::string& section) {
    if (named.certificate_file.empty() || named.key_file.empty()) return std::nullopt;
    const auto certificate = pem(named.certificate_file, section + ".certificateFile");
    const auto key = pem(named.key_file, section + ".keyFile");
    const auto clients = named.client_ca_file.empty() ? std::optional<std::string>("")
                                                      : pem(named.client_ca_file, section + ".clientCaFile");
    warnOfReaders(named.key_file, section + ".keyFile");
    if (!certificate || !key || !clients) return std::nullopt;
    base::TlsMaterial material{*certificate, *key, *clients};
    base::Status fit = base::checkTlsMaterial(material);
    if (fit.ok() && clients->empty() && !named.client_ca_file.empty()) {
      // To the material it means that no client is asked; here somebody wants them asked.
      fit = base::invalidArgument("the client CA: " + base::checkCertificates("").message());
    }
    if (fit.ok()) return material;
    const std::string& said = fit.message();
    if (said.starts_with("the client CA")) {
      report_.error(place(section + ".clientCaFile"), about(named.client_ca_file, said));
    } else if (said.starts_with("the key")) {
      report_.error(place(section + ".keyFile"), about(named.key_file, said),
                    "the key that the certificate was made for, in PEM form and without a passphrase");
    } else {
      report_.error(place(section + ".certificateFile"), about(named.certificate_file, said));
    }
    return std::nullopt;
  }

  std::string certificates(const fs::path& named, const std::string& key) {
    if (named.empty()) return {};
    auto text = pem(named, key);
    if (!text) return {};
    const base::Status fit = base::checkCertificates(*text);
    if (fit.ok()) return *std::move(text);
    report_.error(place(key), about(named, fit.message()));
    return {};
  }

  void program(const std::string& name, const Settings::Refreshers::Program& program) {
    const Place where = place("refreshers.command.programs." + name);
    const fs::path path = program.argv.front();
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      report_.warning(where, fmt::format("{} does not exist", path.string()),
                      "until it does, refreshes that run it fail and are tried again");
      return;
    }
    if (const base::Status safe = adapters::checkOwnership(path); !safe.ok()) {
      report_.error(where, safe.message(), "a program that only root or the user Landfall runs as can change");
    } else if (!S_ISREG(status.st_mode) || ::access(path.c_str(), X_OK) != 0) {
      report_.warning(where, fmt::format("{} is not executable", path.string()), "chmod +x");
    }
  }

 private:
  Place place(const std::string& key) const {
    const auto line = lines_.find(key);
    return {file_, line == lines_.end() ? 0 : line->second, key};
  }

  static std::string about(const fs::path& file, const std::string& said) {
    return fmt::format("{}: {}", file.string(), said);
  }

  std::optional<std::string> pem(const fs::path& named, const std::string& key) {
    files_.push_back(named);
    auto text = base::readBoundedFile(named, kMostPemBytes);
    if (text.ok()) return *std::move(text);
    report_.error(place(key), fmt::format("{} {}", named.string(), text.status().message()), std::string(kReadable));
    return std::nullopt;
  }

  void warnOfReaders(const fs::path& key_file, const std::string& key) {
    struct stat status {};
    if (::stat(key_file.c_str(), &status) != 0 || (status.st_mode & S_IROTH) == 0) return;
    report_.warning(place(key), fmt::format("{} can be read by everybody", key_file.string()), "chmod o-r");
  }

  const std::map<std::string, std::size_t>& lines_;
  const std::string& file_;
  std::vector<fs::path>& files_;
  Report& report_;
};

}  // namespace

void readNamedFiles(const SettingsRead& read, const std::string& file, Configuration& configuration,
                    std::vector<fs::path>& files, Report& report) {
  NamedFiles named(read, file, files, report);
  const Settings& settings = read.settings;
  configuration.webhooks_tls = named.tls(settings.webhooks.tls, "webhooks.tls");
  configuration.admin_tls = named.tls(settings.admin.tls, "admin.tls");
  configuration.http_ca_pem = named.certificates(settings.refreshers.http_ca_file, "refreshers.http.caFile");
  for (const auto& [name, program] : settings.refreshers.programs) named.program(name, program);
}

}  // namespace landfall::config

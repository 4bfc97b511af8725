// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/base/bounded_file.h"
#include "core/base/crypto.h"
#include "core/config/manifest_kinds.h"
#include "core/config/names.h"

namespace landfall::config {
namespace {

constexpr std::uint64_t kMostSecretBytes = 1 << 20;  // as Kubernetes has it

class SecretReader {
 public:
  /// `files` gets the names of those that values are taken from.
  SecretReader(SecretManifest& secret, std::vector<std::filesystem::path>& files, Report& report)
      : secret_(secret), files_(files), report_(report) {}

  void readData(Fields& manifest) {
    forEach(manifest, "data", [this](const Located& value) { return decode(value); });
  }
  void readStringData(Fields& manifest) {
    forEach(manifest, "stringData", [this](const Located& value) { return readText(value, report_); });
  }
  void readStringDataFrom(Fields& manifest) {
    // Who may write a Secret in a cluster must not read the files and the environment of this process.
    if (const auto found = manifest.value("stringDataFrom"); found && found->place.object != nullptr) {
      report_.error(found->place, "not allowed in a cluster", "data or stringData");
      return;
    }
    forEach(manifest, "stringDataFrom", [this](const Located& value) { return fetch(value); });
  }

 private:
  /// Reads each key of a mapping; what cannot be read is remembered, so that its users do not report it missing.
  template <class Read>
  void forEach(Fields& manifest, std::string_view section, Read read) {
    const auto found = manifest.value(section);
    if (!found) return;
    if (found->node->kind != YamlNode::Kind::Mapping) {
      reportWrongType(report_, *found, "a mapping");
      return;
    }
    for (const auto& entry : found->node->entries) {
      const Place place = found->place.at(entry.line, fmt::format("{}.{}", section, entry.key));
      if (!isSecretKey(entry.key)) {
        report_.error(place, "no key that a Secret may have", "letters, digits, hyphens, underscores and dots");
        continue;
      }
      const Located value{entry.value.get(), place};
      auto bytes = value.node->kind == YamlNode::Kind::Null ? std::optional<std::string>("") : read(value);
      if (!bytes) {
        secret_.unreadable.insert(entry.key);
        secret_.values.erase(entry.key);
      } else {
        secret_.unreadable.erase(entry.key);
        secret_.values[entry.key] = SecretValue{*std::move(bytes), place};
      }
    }
  }

  std::optional<std::string> decode(const Located& value) {
    auto text = value.node->kind == YamlNode::Kind::Scalar ? std::optional(value.node->text) : readText(value, report_);
    if (!text) return std::nullopt;
    text->erase(std::remove_if(text->begin(), text->end(), [](char c) { return c == '\n' || c == '\r'; }), text->end());
    auto bytes = base::fromBase64(*text);
    if (!bytes) report_.error(value.place, "no Base64", "standard Base64 with padding, or the text under stringData");
    return bytes;
  }

  std::optional<std::string> fetch(const Located& value) {
    Fields fields(value, report_);
    std::string file;
    std::string variable;
    const bool from_file = fields.text("file", file);
    const bool from_variable = fields.text("env", variable);
    fields.reportUnread(Severity::Error);
    if (from_file == from_variable) {
      if (value.node->kind == YamlNode::Kind::Mapping) {
        report_.error(value.place, "expected one source", "{file: /run/secrets/quay} or {env: NAME}");
      }
      return std::nullopt;
    }
    if (secret_.values.contains(value.place.key.substr(std::string_view("stringDataFrom.").size()))) {
      report_.error(value.place, "the Secret has this key already", "give its value in one place");
      return std::nullopt;
    }
    return from_file ? fetchFile(fields.placeOf("file"), file) : fetchVariable(fields.placeOf("env"), variable);
  }

  std::optional<std::string> fetchFile(const Place& place, const std::string& file) {
    const auto path = std::filesystem::path(place.file).parent_path() / file;
    files_.push_back(path);
    auto bytes = base::readBoundedFile(path, kMostSecretBytes);
    if (!bytes.ok()) {
      report_.error(place, fmt::format("{} {}", path.string(), bytes.status().message()),
                    "a file that the user Landfall runs as may read");
      return std::nullopt;
    }
    if (bytes->ends_with('\n')) {
      report_.warning(place, "the file ends with a line feed, which is part of the value",
                      "write it without one, unless the sender has it too");
    }
    return *std::move(bytes);
  }

  std::optional<std::string> fetchVariable(const Place& place, const std::string& variable) {
    const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
    if (value == nullptr) {
      report_.error(place, fmt::format("the environment has no variable {}", variable),
                    "set it where Landfall is started");
      return std::nullopt;
    }
    return std::string(value);
  }

  SecretManifest& secret_;
  std::vector<std::filesystem::path>& files_;
  Report& report_;
};

}  // namespace

void readSecret(Fields& manifest, const ManifestHead& head, Manifests& manifests) {
  SecretManifest secret;
  secret.project = head.project;
  secret.name = head.name;
  secret.place = manifest.place();
  SecretReader reader(secret, manifests.files, manifest.report());
  reader.readData(manifest);
  reader.readStringData(manifest);  // wins over data, as in Kubernetes
  reader.readStringDataFrom(manifest);
  manifest.value("type");
  manifest.value("immutable");
  manifests.secrets.push_back(std::move(secret));
}

}  // namespace landfall::config

// SPDX-License-Identifier: Apache-2.0
#include "core/config/refresh_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "core/config/addresses.h"
#include "core/config/kubernetes_refresh.h"
#include "core/config/manifest_kinds.h"
#include "core/config/names.h"

namespace landfall::config {
namespace {

std::string lowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// Headers that the call sets itself: framing, the connection, and the signature's.
bool isReservedHeader(const std::string& lower_name) {
  static const std::set<std::string_view> kReserved{
      "connection", "content-length", "expect", "host", "keep-alive", "te", "transfer-encoding", "trailer", "upgrade"};
  return kReserved.contains(lower_name) || lower_name.starts_with("webhook-") || lower_name.starts_with("proxy-");
}

class HttpReader {
 public:
  HttpReader(Fields http, Report& report) : http_(std::move(http)), report_(report) {}

  HttpRefresh read() {
    readUrl();
    readMethod();
    readHeaders();
    readTls();
    const auto references = http_.value("secretRefs");
    refresh_.signing_secrets = readSecretReferences(http_, "secretRefs");
    http_.reportUnread(Severity::Error);
    if (!references || (references->node->kind == YamlNode::Kind::Sequence && references->node->items.empty())) {
      report_.warning(http_.place(), "the call is not signed: its target cannot tell who makes it",
                      "secretRefs: [{name: …}], a Secret whose key is a whsec_…");
    }
    return std::move(refresh_);
  }

 private:
  void refuse(const Place& place, std::string message, std::string suggestion) {
    report_.error(place, std::move(message), std::move(suggestion));
    refresh_.complete = false;
  }

  void readUrl() {
    if (!http_.requiredText("url", refresh_.target.url, "an http:// or https:// URL")) {
      refresh_.complete = false;
      return;
    }
    const auto url = parseHttpUrl(refresh_.target.url);
    if (!url.ok()) {
      refuse(http_.placeOf("url"), "no usable URL", url.status().message());
    } else {
      encrypted_ = url->scheme == "https";
    }
  }

  void readMethod() {
    std::string& method = refresh_.target.method;
    http_.text("method", method);
    if (!isHttpToken(method) || method.size() > 32) {
      refuse(http_.placeOf("method"), "no HTTP method", "POST, PUT, …");
    }
  }

  void readHeaders() {
    const auto headers = http_.value("headers");
    if (!headers) return;
    if (headers->node->kind != YamlNode::Kind::Mapping) {
      reportWrongType(report_, *headers, "a mapping", "X-Environment: test");
      refresh_.complete = false;
      return;
    }
    std::set<std::string> names;
    for (const auto& entry : headers->node->entries) {
      const Place place = headers->place.at(entry.line, headers->place.key + "." + entry.key);
      if (!isHttpToken(entry.key)) {
        refuse(place, "no name of a header", "letters, digits and hyphens");
      } else if (isReservedHeader(lowerCase(entry.key))) {
        refuse(place, "Landfall sets this header itself", "leave it away");
      } else if (!names.insert(lowerCase(entry.key)).second) {
        refuse(place, "a header that stands there twice", "once: upper and lower case are the same");
      } else {
        readHeader(entry.key, {entry.value.get(), place});
      }
    }
  }

  /// Text, or {secretRef: {name, key}}.
  void readHeader(const std::string& name, const Located& value) {
    if (value.node->kind == YamlNode::Kind::Mapping) {
      readSecretHeader(name, value);
      return;
    }
    const auto text = readText(value, report_);
    if (!text) {
      refresh_.complete = false;
    } else if (!isHeaderValue(*text)) {
      refuse(value.place, "control characters in a header", "one line of text");
    } else {
      refresh_.target.headers.push_back({name, *text});
    }
  }

  void readSecretHeader(const std::string& name, const Located& value) {
    Fields fields(value, report_);
    SecretHeader header{name, {}, {}};
    bool good = false;
    if (auto reference = fields.mapping("secretRef")) {
      const bool named = reference->requiredText("name", header.secret.name, "the name of a Secret");
      const bool keyed = reference->requiredText("key", header.key, "a key of the Secret");
      reference->reportUnread(Severity::Error);
      header.secret.place = reference->placeOf("name");
      good = named && keyed;
    } else {
      report_.error(fields.placeOf("secretRef"), "missing", "text, or {secretRef: {name: …, key: …}}");
    }
    fields.reportUnread(Severity::Error);
    if (good) {
      refresh_.secret_headers.push_back(std::move(header));
    } else {
      refresh_.complete = false;
    }
  }

  void readTls() {
    auto tls = http_.mapping("tls");
    if (!tls) return;
    refresh_.ca_secret = secretOf(*tls, "caSecretRef");
    refresh_.client_certificate_secret = secretOf(*tls, "clientCertificateSecretRef");
    tls->reportUnread(Severity::Error);
    if (encrypted_ == false) refuse(http_.placeOf("tls"), "the URL is no https:// one", "an https:// URL, or no tls");
  }

  std::optional<SecretReference> secretOf(Fields& fields, std::string_view key) {
    const auto value = fields.value(key);
    if (!value) return std::nullopt;
    auto reference = readSecretReference(*value, report_);
    if (!reference) refresh_.complete = false;
    return reference;
  }

  Fields http_;
  Report& report_;
  HttpRefresh refresh_;
  std::optional<bool> encrypted_;  ///< nothing when the URL cannot be read
};

std::optional<CommandRefresh> readCommand(Fields command) {
  CommandRefresh refresh;
  const bool named =
      command.requiredText("program", refresh.program, "a name of refreshers.command.programs in landfall.yaml");
  command.reportUnread(Severity::Error);
  refresh.place = command.placeOf("program");
  if (!named) return std::nullopt;
  return refresh;
}

}  // namespace

std::optional<Refresh> readRefresh(const Located& value, const model::WarehouseKey& warehouse, Report& report) {
  Fields refresh(value, report);
  if (!refresh.valid()) return std::nullopt;
  std::vector<std::string> named;
  for (const auto* refresher : {"http", "kubernetes", "command"}) {
    if (refresh.value(refresher)) named.emplace_back(refresher);
  }
  if (named.size() > 1) {
    std::string names = named[0];
    for (std::size_t i = 1; i < named.size(); ++i) names += ", " + named[i];
    report.error(refresh.place(), "more than one way to be refreshed: " + names, "exactly one");
  }
  const bool has_unknown = !refresh.unread().empty();
  refresh.reportUnread(Severity::Error);
  if (named.empty() && !has_unknown)
    report.error(refresh.place(), "says no way to be refreshed", std::string(kRefreshForm));
  if (named.size() != 1) return std::nullopt;
  if (named[0] == "http") {
    if (auto http = refresh.mapping("http"); http->valid()) return HttpReader(*std::move(http), report).read();
  } else if (named[0] == "command") {
    if (auto command = refresh.mapping("command"); command->valid()) return readCommand(*std::move(command));
  } else if (auto kubernetes = refresh.mapping("kubernetes"); kubernetes->valid()) {
    return readKubernetesRefresh(*std::move(kubernetes), warehouse);
  }
  return std::nullopt;
}

}  // namespace landfall::config

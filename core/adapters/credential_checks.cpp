// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/credential_checks.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/adapters/plugin_text.h"

namespace landfall::adapters {
namespace {

constexpr std::size_t kOverLong = 8192;

using Headers = std::vector<model::Header>;

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string withOtherCase(std::string text) {
  for (char& c : text) {
    if (isLetter(c)) c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

bool isHex(std::string_view text) { return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos; }

std::string withOtherLastByte(std::string text) {
  text.back() = text.back() == '0' ? '1' : '0';
  return text;
}

std::string withSpaceInside(std::string text) { return text.insert(text.size() / 2, 1, ' '); }

/// Tries one sample's credentials and remembers what came of it.
class CredentialChecks {
 public:
  explicit CredentialChecks(const Trial& trial)
      : trial_(trial), name_("sample " + trial.sample.name), body_(trial.sample.body) {}

  std::vector<ConformanceResult> run() {
    const auto signature = sign(trial_.adapter, body_);
    if (!signature) return std::move(results_);
    accepts("is authentic once signed", trial_.adapter, *signature);
    if (const auto older = sign(trial_.stranger, body_)) {
      accepts("is authentic when signed with the older of two secrets", trial_.rotating, *older);
      if (!urlIsCredential()) refuses("signed with another secret", *older, body_);
    }
    if (!urlIsCredential()) checkRefusals(*signature);
    return std::move(results_);
  }

 private:
  bool urlIsCredential() const { return trial_.adapter.plugin().description().url_is_credential; }

  std::optional<Headers> sign(const Adapter& adapter, const std::string& body) {
    auto signature = adapter.sign({"POST", {}, trial_.sample.headers, body});
    if (signature.ok()) return std::move(signature).value();
    results_.push_back({name_ + " can be signed", false, signature.status().message()});
    return std::nullopt;
  }

  Authentication authenticate(const Adapter& adapter, const Headers& signature, const std::string& body) const {
    Headers headers = trial_.sample.headers;
    headers.insert(headers.end(), signature.begin(), signature.end());
    return adapter.authenticate({"POST", {}, headers, body});
  }

  void accepts(const std::string& what, const Adapter& adapter, const Headers& signature) {
    const bool passed = authenticate(adapter, signature, body_) == Authentication::Authentic;
    results_.push_back({name_ + " " + what, passed, passed ? "" : "it is refused"});
  }

  void refuses(const std::string& what, const Headers& signature, const std::string& body) {
    const auto came = authenticate(trial_.adapter, signature, body);
    const bool passed = came == Authentication::Refused;
    results_.push_back({name_ + " is refused " + what, passed,
                        passed                              ? ""
                        : came == Authentication::Authentic ? "it is taken for authentic"
                                                            : "the plugin fails instead of refusing it"});
  }

  bool isCredential(const model::Header& header) const {
    const auto& declared = trial_.adapter.plugin().description().headers;
    return std::any_of(declared.begin(), declared.end(), [&](const HeaderDescription& each) {
      return each.credential && sameHeaderName(each.name, header.name);
    });
  }

  void checkRefusals(const Headers& signature) {
    bool has_credential = false;
    for (std::size_t i = 0; i < signature.size(); ++i) {
      if (signature[i].value.empty() || !isCredential(signature[i])) continue;
      has_credential = true;
      checkHeader(signature, i);
    }
    results_.push_back({name_ + " is signed with a header declared as credential", has_credential,
                        has_credential ? "" : "sign adds none, and the URL is not declared to be the credential"});
    checkBody(signature);
  }

  void checkHeader(const Headers& signature, std::size_t index) {
    const std::string& value = signature[index].value;
    const std::string what = " " + signature[index].name;
    const auto with = [&](std::string other) {
      Headers changed = signature;
      changed[index].value = std::move(other);
      return changed;
    };
    Headers missing = signature;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(index));
    refuses("without" + what, missing, body_);
    refuses("with an empty" + what, with(""), body_);
    Headers doubled = signature;
    doubled.push_back(signature[index]);
    refuses("with two" + what, doubled, body_);
    const std::size_t padding = kOverLong - std::min(kOverLong, value.size());
    refuses("with 8 KiB of" + what, with(value + std::string(padding, 'a')), body_);
    refuses("with another last byte of" + what, with(withOtherLastByte(value)), body_);
    refuses("with a space inside of" + what, with(withSpaceInside(value)), body_);
    // Hex digits mean the same in either case, and an adapter may read them so.
    const bool has_letters = std::any_of(value.begin(), value.end(), isLetter);
    if (has_letters && !isHex(value)) refuses("with the other case of" + what, with(withOtherCase(value)), body_);
  }

  /// Only for signatures of the body: those that another body has another of.
  void checkBody(const Headers& signature) {
    std::string changed = body_.empty() ? "x" : body_;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    const auto other = sign(trial_.adapter, changed);
    if (!other || *other == signature) return;
    refuses("with one byte of the body changed", signature, changed);
    refuses("with a line feed behind the body", signature, body_ + "\n");
  }

  const Trial& trial_;
  const std::string name_;
  const std::string& body_;
  std::vector<ConformanceResult> results_;
};

}  // namespace

std::vector<ConformanceResult> checkCredentials(const Trial& trial) { return CredentialChecks(trial).run(); }

}  // namespace landfall::adapters

// SPDX-License-Identifier: Apache-2.0
#include "core/base/distinguished_name.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/base/hex_digit.h"

namespace landfall::base {
namespace {

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// The names of RFC 4514 section 3 and two more that certificates carry, for those who write numbers instead.
std::string_view nameOf(std::string_view identifier) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kNames{
      {{"2.5.4.3", "cn"},
       {"2.5.4.7", "l"},
       {"2.5.4.8", "st"},
       {"2.5.4.10", "o"},
       {"2.5.4.11", "ou"},
       {"2.5.4.6", "c"},
       {"2.5.4.9", "street"},
       {"0.9.2342.19200300.100.1.25", "dc"},
       {"0.9.2342.19200300.100.1.1", "uid"},
       {"2.5.4.5", "serialnumber"},
       {"1.2.840.113549.1.9.1", "emailaddress"}}};
  const auto* const found =
      std::find_if(kNames.begin(), kNames.end(), [&](const auto& known) { return known.first == identifier; });
  return found == kNames.end() ? identifier : found->second;
}

}  // namespace

class DistinguishedName::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<DistinguishedName> read() {
    DistinguishedName name;
    while (true) {
      std::vector<Attribute> part;
      do {
        auto attribute = readAttribute();
        if (!attribute.ok()) return attribute.status();
        part.push_back(*std::move(attribute));
      } while (take('+'));
      std::sort(part.begin(), part.end());
      name.parts_.push_back(std::move(part));
      if (rest_.empty()) return name;
      if (!take(',')) return invalidArgument("parts are separated by commas; within a value a \\ stands before it");
    }
  }

 private:
  void skipSpaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  Result<Attribute> readAttribute() {
    skipSpaces();
    Attribute attribute;
    const auto type_end = std::find_if_not(rest_.begin(), rest_.end(),
                                           [](char c) { return isLetter(c) || isDigit(c) || c == '-' || c == '.'; });
    std::string type(rest_.begin(), type_end);
    rest_.remove_prefix(type.size());
    skipSpaces();
    if (type.empty() || !take('=')) return invalidArgument("each part is a type, = and a value");
    for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    attribute.type = nameOf(type.starts_with("oid.") ? std::string_view(type).substr(4) : std::string_view(type));
    skipSpaces();
    const Status read = take('#') ? readEncoded(attribute) : readText(attribute);
    if (!read.ok()) return read;
    if (attribute.value.empty()) return invalidArgument("a part has no value");
    return attribute;
  }

  Status readEncoded(Attribute& attribute) {
    attribute.encoded = true;
    while (const auto byte = takeHexByte()) attribute.value.push_back(*byte);
    skipSpaces();
    return atSeparator() ? Status() : invalidArgument("after # stand pairs of hexadecimal digits");
  }

  /// Spaces at the end are dropped unless they are escaped.
  Status readText(Attribute& attribute) {
    std::size_t kept = 0;
    while (!atSeparator()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '\\') {
        const auto meant = takeEscaped();
        if (!meant) return invalidArgument("a \\ stands before a special character or two hexadecimal digits");
        attribute.value.push_back(*meant);
        kept = attribute.value.size();
        continue;
      }
      if (c == '\0' || std::string_view("\";<>").find(c) != std::string_view::npos)
        return invalidArgument("before any of \" ; < > within a value stands a \\");
      attribute.value.push_back(c);
      if (c != ' ') kept = attribute.value.size();
    }
    attribute.value.resize(kept);
    return {};
  }

  bool atSeparator() const { return rest_.empty() || rest_.front() == ',' || rest_.front() == '+'; }

  std::optional<char> takeEscaped() {
    if (rest_.empty()) return std::nullopt;
    if (const auto byte = takeHexByte()) return byte;
    const char c = rest_.front();
    if (std::string_view(" \"#+,;<=>\\").find(c) == std::string_view::npos) return std::nullopt;
    rest_.remove_prefix(1);
    return c;
  }

  std::optional<char> takeHexByte() {
    if (rest_.size() < 2) return std::nullopt;
    const int high = hexDigit(rest_[0]);
    const int low = hexDigit(rest_[1]);
    if (high < 0 || low < 0) return std::nullopt;
    rest_.remove_prefix(2);
    return static_cast<char>(high * 16 + low);
  }

  std::string_view rest_;
};

Result<DistinguishedName> DistinguishedName::parse(std::string_view text) {
  if (text.find_first_not_of(' ') == std::string_view::npos) return invalidArgument("it is empty");
  return Reader(text).read();
}

}  // namespace landfall::base

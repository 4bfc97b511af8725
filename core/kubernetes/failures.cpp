// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/failures.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>

#include "core/base/clock.h"
#include "core/base/time_text.h"
#include "core/kubernetes/answers.h"

namespace landfall::kubernetes {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostSaid = 500;

std::string resource(const Asked& asked) {
  return asked.subresource.empty() ? asked.type.plural : asked.type.plural + "/" + asked.subresource;
}

/// "patch warehouses.kargo.akuity.io shop/api".
std::string describe(const Asked& asked) {
  if (asked.verb.empty()) {
    const std::string& version = asked.type.version;
    if (asked.type.group.empty()) return fmt::format("look up the kinds of {}", version);
    return fmt::format("look up the kinds of {}{}{}", asked.type.group, version.empty() ? "" : "/", version);
  }
  std::string text = asked.verb + " " + resource(asked);
  if (!asked.type.group.empty()) text += "." + asked.type.group;
  if (!asked.name.empty()) {
    text += asked.space.empty() ? " " + asked.name : fmt::format(" {}/{}", asked.space, asked.name);
  } else if (!asked.space.empty()) {
    text += " in namespace " + asked.space;
  } else if (asked.type.namespaced) {
    text += " in all namespaces";
  }
  return text;
}

/// Whom the server took us for, as its refusal says: User "system:serviceaccount:a:b" cannot …
std::string userIn(const std::string& message) {
  constexpr std::string_view kBefore = "User \"";
  const auto from = message.find(kBefore);
  if (from == std::string::npos) return "";
  const auto end = message.find('"', from + kBefore.size());
  return end == std::string::npos ? "" : message.substr(from + kBefore.size(), end - from - kBefore.size());
}

std::string missingRule(const Asked& asked, const std::string& message, const std::string& credential) {
  const std::string user = userIn(message);
  const std::string who = user.empty() ? "the owner of " + credential : user;
  if (asked.verb.empty()) return fmt::format("let {} read the discovery paths (system:discovery)", who);
  const std::string where =
      asked.space.empty() ? "a ClusterRole" : fmt::format("a Role in namespace {} or a ClusterRole", asked.space);
  return fmt::format("add verbs: [{}], resources: [{}], apiGroups: [\"{}\"] to {} of {}", asked.verb, resource(asked),
                     asked.type.group, where, oneLine(who));
}

std::string hint(const Asked& asked, int status, bool is_status, const std::string& message,
                 const std::string& credential) {
  if (status >= 300 && status < 400) return "redirects are not followed: name the API server itself";
  if (status == 401)
    return fmt::format("the server does not accept {}: check that it is of this cluster and has not expired",
                       credential);
  if (status == 403) return missingRule(asked, message, credential);
  if (status == 404 && !is_status) {
    const std::string& group = asked.type.group;
    return fmt::format("the server does not serve it: check that the CRDs of {} are installed and serve this version",
                       group.empty() ? "its kind" : group);
  }
  if (status == 429 || status == 503) return "the server is starting or has too much to do";
  return "";
}

std::optional<milliseconds> retryAfter(const Head& head) {
  if (head.retry_after.empty()) return std::nullopt;
  std::uint32_t seconds = 0;
  const char* const last = head.retry_after.data() + head.retry_after.size();
  const auto [end, error] = std::from_chars(head.retry_after.data(), last, seconds);
  if (error == std::errc() && end == last) return std::chrono::seconds(seconds);
  const auto until = base::parseHttpDate(head.retry_after);
  if (!until) return std::nullopt;
  // By the server's own clock when it says what that shows: ours may be wrong.
  const auto now = base::parseHttpDate(head.date).value_or(base::SystemClock().now());
  return std::max(milliseconds(0), *until - now);
}

}  // namespace

std::string oneLine(std::string_view text) {
  std::string line;
  bool space = false;
  for (const char c : text.substr(0, kMostSaid)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f) {
      space = !line.empty();
      continue;
    }
    if (space) line += ' ';
    space = false;
    line += c;
  }
  if (text.size() <= kMostSaid) return line;
  // Not in the middle of a character.
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0) == 0x80) line.pop_back();
  if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0) line.pop_back();
  return line + " …";
}

Failure noAnswer(const Asked& asked, const std::string& server, const std::string& why) {
  return {0, "", fmt::format("{}: {}: {}", describe(asked), server, oneLine(why)), std::nullopt};
}

Failure refused(const Asked& asked, const Head& head, const std::string& body, const std::string& credential) {
  const auto status = readStatus(body);
  const std::string said = oneLine(status ? status->message : body);
  std::string message = fmt::format("{}: {}", head.status, describe(asked));
  if (!said.empty()) message += ": " + said;
  if (const auto help = hint(asked, head.status, status.has_value(), said, credential); !help.empty())
    message += ": " + help;
  return {head.status, status ? oneLine(status->reason) : "", std::move(message), retryAfter(head)};
}

Failure refused(const Asked& asked, int code, const std::string& reason, const std::string& message) {
  return {code, oneLine(reason), fmt::format("{}: {}: {}", code, describe(asked), oneLine(message)), std::nullopt};
}

}  // namespace landfall::kubernetes

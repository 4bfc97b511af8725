// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/http_refresher.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/crypto.h"
#include "core/refresh/http_answer.h"
#include "core/refresh/standard_webhooks.h"

namespace landfall::refresh {
namespace {

constexpr std::size_t kMaxDetail = 4096;
constexpr std::size_t kShortestSecret = 8;  // shorter values are words that answers have anyway

struct Address {
  bool tls = false;
  std::string host;       // without brackets: for resolving and verifying
  std::string authority;  // for the Host header
  std::uint16_t port = 0;
  std::string path;  // with the query
  std::string user_info;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// As it stands in the URL: Poco decodes it, and "%2F" would come back as another path.
std::string pathAndQuery(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  const auto begin = url.find_first_of("/?#");
  const std::string_view text = begin == std::string_view::npos ? "" : url.substr(begin, url.find('#') - begin);
  std::string path(text.starts_with('/') ? "" : "/");
  for (const char c : text) {
    if (c >= 0)
      path += c;
    else
      path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return path;
}

base::Result<Address> parseUrl(const std::string& url) {
  const auto wrong = [](std::string_view why) {  // the URL itself may hold a secret
    return base::invalidArgument(fmt::format("the Warehouse's refresh URL cannot be called: {}", why));
  };
  try {
    const Poco::URI uri(url);
    Address address;
    const std::string& scheme = uri.getScheme();
    address.tls = scheme == "https";
    if (!address.tls && scheme != "http") return wrong("it must begin with http:// or https://");
    address.host = uri.getHost();
    if (address.host.starts_with('[') && address.host.ends_with(']'))
      address.host = address.host.substr(1, address.host.size() - 2);
    if (address.host.empty()) return wrong("it names no host");
    address.port = uri.getPort();
    const bool ipv6 = address.host.find(':') != std::string::npos;
    address.authority = ipv6 ? "[" + address.host + "]" : address.host;
    if (address.port != (address.tls ? 443 : 80)) address.authority += ":" + std::to_string(address.port);
    address.path = pathAndQuery(url);
    Poco::URI::decode(uri.getUserInfo(), address.user_info);
    return address;
  } catch (const Poco::Exception&) {
    return wrong("it is no URL");
  }
}

bool isToken(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

bool isFieldValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c != '\t' && (c == 0x7f || (c >= 0 && c < ' ')); });
}

bool isRequestTarget(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == 0x7f || (c >= 0 && c <= ' '); });
}

/// What the framing and the signature depend on is not a target's to set.
bool isOurs(const std::string& lower_name) {
  return lower_name == "content-length" || lower_name == "transfer-encoding" || lower_name == "connection" ||
         lower_name == "expect" || lower_name == "upgrade" || lower_name == "te" || lower_name == "trailer" ||
         lower_name.starts_with("webhook-");
}

base::Result<std::string> requestHead(const RefreshRun& run, const model::HttpTarget& target, const Address& address,
                                      std::string_view body) {
  if (!isToken(target.method)) return base::invalidArgument("the Warehouse's refresh method is no HTTP method");
  if (!isRequestTarget(address.path) || !isRequestTarget(address.authority))
    return base::invalidArgument("the Warehouse's refresh URL holds a space or a control character");

  std::vector<model::Header> headers{{"Host", address.authority},
                                     {"User-Agent", "Landfall/" LANDFALL_VERSION},
                                     {"Content-Type", "application/json"},
                                     {"Accept", "*/*"}};
  if (!address.user_info.empty()) headers.push_back({"Authorization", "Basic " + base::toBase64(address.user_info)});
  for (const auto& header : target.headers) {
    if (!isToken(header.name) || !isFieldValue(header.value))
      return base::invalidArgument("one of the Warehouse's refresh headers holds a character that HTTP does not allow");
    const std::string name = lower(header.name);
    if (isOurs(name)) continue;
    std::erase_if(headers, [&](const model::Header& present) { return lower(present.name) == name; });
    headers.push_back(header);
  }
  const auto& delivery = run.claim.delivery;
  const std::string id = fmt::format("{}.{}", delivery.id.text(), delivery.revision);
  for (auto& header : signatureHeaders(id, run.now, body, target.signing_keys)) headers.push_back(std::move(header));
  headers.push_back({"Content-Length", std::to_string(body.size())});
  headers.push_back({"Connection", "close"});

  std::string head = fmt::format("{} {} HTTP/1.1\r\n", target.method, address.path);
  for (const auto& header : headers) head += fmt::format("{}: {}\r\n", header.name, header.value);
  return head + "\r\n";
}

/// The bytes of one UTF-8 character at the front of `text`; 0 when there is none.
std::size_t utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const unsigned char second = byte(1);  // overlong forms, surrogates, beyond U+10FFFF
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
      (first == 0xf4 && second > 0x8f))
    return 0;
  return length;
}

/// Any bytes as one printable line of UTF-8, at most `limit` bytes of it.
std::string printable(std::string_view bytes, std::size_t limit) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t length = utf8Length(bytes);
    const bool control = length == 1 && (bytes[0] == 0x7f || (bytes[0] >= 0 && bytes[0] < ' '));
    const std::string_view piece = length == 0 ? "?" : control ? " " : bytes.substr(0, length);
    if (text.size() + piece.size() > limit) break;
    text += piece;
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

void replaceAll(std::string& text, const std::string& what) {
  if (what.size() < kShortestSecret) return;
  constexpr std::string_view kInstead = "[redacted]";
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + kInstead.size()))
    text.replace(at, what.size(), kInstead);
}

/// Answers repeat what they were sent ("Cannot POST /hooks/…"), and some of that is what only the target should know.
std::string redacted(std::string text, const model::HttpTarget& target, const Address& address) {
  for (const auto& header : target.headers) {
    replaceAll(text, header.value);
    if (const auto space = header.value.find(' '); space != std::string::npos)
      replaceAll(text, header.value.substr(space + 1));  // "Bearer …"
  }
  const auto query = address.path.find('?');
  replaceAll(text, address.path);
  if (query != std::string::npos) replaceAll(text, address.path.substr(query + 1));
  replaceAll(text, address.path.substr(0, query));
  replaceAll(text, address.user_info);
  replaceAll(text, base::toBase64(address.user_info));
  if (const auto colon = address.user_info.find(':'); colon != std::string::npos)
    replaceAll(text, address.user_info.substr(colon + 1));
  return text;
}

RefreshResult unanswered(const base::Status& status) {
  RefreshResult result;
  result.detail = printable(status.message(), kMaxDetail);
  return result;
}

RefreshResult resultOf(const HttpAnswer& answer, const RefreshRun& run, const model::HttpTarget& target,
                       const Address& address) {
  RefreshResult result;
  result.status = answer.status;
  result.outcome = outcomeOfStatus(answer.status);
  if (answer.retry_after && result.outcome == model::AttemptOutcome::Retryable)
    result.retry_after = parseRetryAfter(*answer.retry_after, run.now);

  std::string detail = fmt::format("HTTP {}", answer.status);
  if (!answer.reason.empty()) detail += " " + answer.reason;
  if (answer.status >= 300 && answer.status < 400)
    detail += ": redirects are not followed, set the Warehouse's refresh URL to where it leads";
  if (!answer.text.empty()) detail += ": " + answer.text;
  result.detail = printable(redacted(std::move(detail), target, address), kMaxDetail);
  return result;
}

base::Result<std::vector<Poco::Net::SocketAddress>> allowedAddresses(
    const std::vector<Poco::Net::SocketAddress>& candidates, const AddressRules& rules) {
  std::vector<Poco::Net::SocketAddress> allowed;
  std::string refusals;
  for (const auto& candidate : candidates) {
    const auto status = rules.check(candidate);
    if (status.ok())
      allowed.push_back(candidate);
    else
      refusals += (refusals.empty() ? "" : "; ") + status.message();
  }
  if (allowed.empty()) return base::Status(base::StatusCode::PermissionDenied, refusals);
  return allowed;
}

base::Result<HttpAnswer> call(const std::vector<Poco::Net::SocketAddress>& addresses, const Address& address,
                              const TlsContext& tls, const std::string& request, Deadline deadline) {
  auto connection = Connection::open(addresses, deadline);
  if (!connection.ok()) return connection.status();
  if (address.tls) {
    if (auto status = connection->startTls(tls, address.host, deadline); !status.ok()) return status;
  }
  const auto sent = connection->send(request, deadline);
  auto answer = readAnswer([&](Deadline until) { return connection->receive(until); }, deadline);
  // A target that refuses early answers and closes before it has taken everything: the answer says more.
  return answer.ok() || sent.ok() ? std::move(answer) : base::Result<HttpAnswer>(sent);
}

}  // namespace

model::AttemptOutcome outcomeOfStatus(int status) {
  constexpr std::array kRejected{400, 405, 406, 411, 413, 414, 415, 422, 431, 501};
  if (status >= 200 && status < 300) return model::AttemptOutcome::Succeeded;
  if (status == 410) return model::AttemptOutcome::TargetGone;
  const bool rejected = std::find(kRejected.begin(), kRejected.end(), status) != kRejected.end();
  return rejected ? model::AttemptOutcome::Rejected : model::AttemptOutcome::Retryable;
}

RefreshResult HttpRefresher::refresh(const RefreshRun& run, const model::HttpTarget& target) const {
  const Deadline deadline = std::chrono::steady_clock::now() + run.timeout;
  const auto address = parseUrl(target.url);
  if (!address.ok()) return unanswered(address.status());
  const std::string body = refreshBody(run);
  auto request = requestHead(run, target, *address, body);
  if (!request.ok()) return unanswered(request.status());

  const auto candidates = resolve_(address->host, address->port, deadline);
  if (!candidates.ok()) return unanswered(candidates.status());
  const auto allowed = allowedAddresses(*candidates, rules_);
  if (!allowed.ok()) return unanswered(allowed.status());

  const auto answer = call(*allowed, *address, *tls_, *request + body, deadline);
  return answer.ok() ? resultOf(*answer, run, target, *address) : unanswered(answer.status());
}

}  // namespace landfall::refresh

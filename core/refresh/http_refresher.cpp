// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/http_refresher.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/crypto.h"
#include "core/refresh/connection.h"
#include "core/refresh/http_answer.h"
#include "core/refresh/standard_webhooks.h"

namespace landfall::refresh {
namespace {

constexpr std::size_t kShortestValue = 8;  // what is not known to be a secret and shorter is a word that answers have

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

  std::string head = fmt::format("{} {} HTTP/1.1\r\n", target.method, address.path);
  for (const auto& header : headers) head += fmt::format("{}: {}\r\n", header.name, header.value);
  return head + "\r\n";
}

/// What only the target should know, and answers repeat ("Cannot POST /hooks/…").
Secrets secretsOf(const model::HttpTarget& target, const Address& address) {
  std::vector<std::string> texts;
  const auto add = [&](std::string_view text) {
    if (text.size() >= kShortestValue) texts.emplace_back(text);
  };
  const auto addBehind = [&](std::string_view text, char separator) {
    if (const auto at = text.find(separator); at != std::string_view::npos) add(text.substr(at + 1));
  };
  for (const auto& header : target.headers) {
    add(header.value);
    addBehind(header.value, ' ');  // "Bearer …"
  }
  const std::string_view path = address.path;
  add(path);
  add(path.substr(0, path.find('?')));
  addBehind(path, '?');
  add(address.user_info);
  addBehind(address.user_info, ':');
  add(base::toBase64(address.user_info));
  return Secrets(std::move(texts));
}

RefreshResult unanswered(const base::Status& status) {
  RefreshResult result;
  result.detail = saidText(status.message(), {}, Keep::Beginning, Lines::Joined);
  return result;
}

RefreshResult resultOf(const HttpAnswer& answer, const RefreshRun& run, std::initializer_list<const Secrets*> secrets) {
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
  result.detail = saidText(detail, secrets, Keep::Beginning, Lines::Joined);
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

/// Where one call goes, and how.
struct Call {
  const Address& address;
  const model::HttpTarget& target;
  const TlsContext& tls;
  const std::vector<Poco::Net::SocketAddress>& addresses;  // that may be called
  const std::string& request;
  Deadline deadline;
  const StopSignal& stop;

  /// What calls must have in common to share a connection.
  std::string place() const {
    std::string where = fmt::format("{}://{}:{}", address.tls ? "https" : "http", lower(address.host), address.port);
    if (!address.tls) return where;
    const auto hash = [](const std::string& text) { return text.empty() ? "" : base::sha256Hex(text); };
    return fmt::format("{} {}|{}|{}", where, hash(target.ca_pem), hash(target.client_certificate_pem),
                       hash(target.client_key_pem));
  }
};

base::Result<Connection> connect(const Call& call) {
  auto connection = Connection::open(call.addresses, call.deadline, call.stop.descriptor());
  if (!connection.ok() || !call.address.tls) return connection;
  const ClientIdentity identity{call.target.client_certificate_pem, call.target.client_key_pem};
  if (auto status = connection->startTls(call.tls, identity, call.address.host, call.deadline); !status.ok())
    return status;
  return connection;
}

struct Exchange {
  base::Result<HttpAnswer> answer;
  bool heard = false;     // at least a byte of the answer
  bool reusable = false;  // the connection may carry another call
};

Exchange exchange(Connection& connection, const Call& call) {
  bool heard = false;
  const auto sent = connection.send(call.request, call.deadline);
  auto answer = readAnswer(
      [&](Deadline until) {
        auto piece = connection.receive(until);
        heard |= piece.ok() && !piece->empty();
        return piece;
      },
      call.deadline);
  // A target that refuses early answers and closes before it has taken everything: the answer says more.
  if (!answer.ok() && !sent.ok()) return {sent.status(), heard, false};
  const bool reusable = answer.ok() && answer->reusable && sent.ok() && *sent == Connection::Sent::Whole;
  return {std::move(answer), heard, reusable};
}

base::Result<HttpAnswer> make(const Call& call, IdleConnections& idle) {
  const std::string place = call.place();
  auto connection = idle.take(place, call.addresses);
  if (connection) {
    auto made = exchange(*connection, call);
    if (made.reusable) idle.put(place, *std::move(connection));
    if (made.heard || call.stop.stopped() || std::chrono::steady_clock::now() >= call.deadline)
      return std::move(made.answer);
  }
  auto fresh = connect(call);
  if (!fresh.ok()) return fresh.status();
  auto made = exchange(*fresh, call);
  if (made.reusable) idle.put(place, std::move(fresh).value());
  return std::move(made.answer);
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
  RefreshResult result;
  if (!stop_->stopped()) result = call(run, target);
  // An answer that had come before counts.
  if (result.status || !stop_->stopped()) return result;
  result.outcome = model::AttemptOutcome::Interrupted;
  result.detail = "cut short: Landfall was stopped";
  return result;
}

RefreshResult HttpRefresher::call(const RefreshRun& run, const model::HttpTarget& target) const {
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

  const TlsContext own_tls(target.ca_pem);
  const std::string whole = *request + body;
  const auto answer =
      make({*address, target, target.ca_pem.empty() ? usual_tls_ : own_tls, *allowed, whole, deadline, *stop_}, idle_);
  if (!answer.ok()) return unanswered(answer.status());
  const Secrets of_target = secretsOf(target, *address);
  return resultOf(*answer, run, {secrets_.get(), &of_target});
}

}  // namespace landfall::refresh

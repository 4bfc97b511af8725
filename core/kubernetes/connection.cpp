// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <ostream>
#include <system_error>
#include <utility>

#include "core/base/network.h"
#include "core/kubernetes/body.h"
#include "core/kubernetes/session.h"
#include "core/kubernetes/tls.h"

namespace landfall::kubernetes {
namespace {

constexpr int kMostHeaders = 100;

/// What Poco says of a failure may hold neither the request nor its headers: its texts are about sockets and TLS.
base::Status broken(const std::string& doing, const std::exception& error) {
  const auto* poco = dynamic_cast<const Poco::Exception*>(&error);
  return base::unavailable(fmt::format("{}: {}", doing, poco != nullptr ? poco->displayText() : error.what()));
}

BodyFrame frameOf(const Poco::Net::HTTPResponse& response) {
  const int status = response.getStatus();
  if (status == 204 || status == 304) return BodyFrame::sized(0);
  if (response.getChunkedTransferEncoding()) return BodyFrame::chunked();
  if (response.hasContentLength()) return BodyFrame::sized(static_cast<std::uint64_t>(response.getContentLength64()));
  return BodyFrame::untilClosed();
}

}  // namespace

struct Connection::State {
  Verdict verdict;  // the TLS context speaks to it
  std::string authority;
  std::string prefix;
  /// Of the same socket as Poco's descriptor, but closed by nobody else: what is held cannot become another's.
  int socket = -1;
  Interruption* holder = nullptr;
  std::optional<Session> session;
  BodyFrame frame = BodyFrame::sized(0);
  bool keep = false;

  void release() {
    if (holder != nullptr) holder->release();
    holder = nullptr;
  }
  ~State() {
    release();
    session.reset();
    if (socket >= 0) ::close(socket);
  }
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

base::Result<std::unique_ptr<Connection>> Connection::open(Dialer& dialer, const Access& access, Calls& calls,
                                                           Interruption& who, Deadline deadline) {
  const Endpoint& endpoint = dialer.endpoint();
  auto state = std::make_unique<State>();
  state->authority = endpoint.authority;
  state->prefix = endpoint.path;
  const auto context = makeContext(access, endpoint.host, state->verdict);
  if (!context.ok()) return context.status();

  const Calls::Entry entry(calls, who, deadline);
  const auto socket = dialer.dial(who, deadline);
  if (!socket.ok()) return socket.status();
  state->socket = *socket;
  state->holder = &who;
  try {
    const int pocos = ::fcntl(*socket, F_DUPFD_CLOEXEC, 0);
    if (pocos < 0) return base::unavailable("cannot connect: " + std::generic_category().message(errno));
    const Poco::Net::StreamSocket plain(new Poco::Net::StreamSocketImpl(pocos));
    // RFC 6066: an address is no server name.
    const std::string& name = access.server_name.empty() ? endpoint.host : access.server_name;
    const auto secure = Poco::Net::SecureStreamSocket::attach(plain, base::isIpAddress(name) ? "" : name, *context);
    state->session.emplace(*context, secure);
  } catch (const std::exception& error) {
    if (!state->verdict.complaint.empty()) return base::unavailable(state->verdict.complaint);
    if (entry.overdue())
      return base::unavailable("the TLS handshake did not end in time: check that it is an API server");
    return broken("the TLS handshake failed", error);
  }
  return std::unique_ptr<Connection>(new Connection(std::move(state)));
}

bool Connection::holdBy(Interruption& who) {
  if (!who.hold(state_->socket)) return false;
  state_->holder = &who;
  return true;
}

void Connection::letGo() { state_->release(); }

base::Result<Head> Connection::ask(const Request& request, const std::string& token, const std::string& user_agent) {
  try {
    Poco::Net::HTTPRequest sent(request.method, state_->prefix + request.path, Poco::Net::HTTPMessage::HTTP_1_1);
    sent.set("Host", state_->authority);
    sent.set("Accept", "application/json");
    sent.set("User-Agent", user_agent);
    if (!token.empty()) sent.set("Authorization", "Bearer " + token);
    if (!request.body.empty()) {
      sent.setContentType(request.content_type);
      sent.setContentLength64(static_cast<Poco::Int64>(request.body.size()));
    }
    state_->session->sendRequest(sent) << request.body << std::flush;

    Poco::Net::HTTPResponse response;
    response.setFieldLimit(kMostHeaders);
    state_->session->receiveResponse(response);
    state_->frame = frameOf(response);
    state_->keep = response.getKeepAlive();
    return Head{response.getStatus(), response.getContentType(), response.get("Retry-After", ""),
                response.get("Date", ""), response.get("Location", "")};
  } catch (const std::exception& error) {
    state_->keep = false;
    if (!state_->verdict.complaint.empty()) return base::unavailable(state_->verdict.complaint);
    return broken("no answer", error);
  }
}

base::Result<std::string> Connection::some() {
  try {
    std::string wire;
    std::string body;
    while (body.empty() && !state_->frame.ended()) {
      wire.clear();
      const bool more = state_->session->read(wire);
      if (!more) {
        state_->keep = false;
        if (state_->frame.endsWithConnection()) break;
        return base::unavailable("the answer broke off");
      }
      if (!state_->frame.take(wire, body)) {
        state_->keep = false;
        return base::unavailable("the answer is no valid HTTP");
      }
    }
    return body;
  } catch (const std::exception& error) {
    state_->keep = false;
    return broken("the answer broke off", error);
  }
}

bool Connection::reusable() const {
  if (!state_->keep || !state_->frame.ended()) return false;
  pollfd socket{state_->socket, POLLIN, 0};
  return ::poll(&socket, 1, 0) == 0;
}

}  // namespace landfall::kubernetes

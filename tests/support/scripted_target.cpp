// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_target.h"

#include <arpa/inet.h>
#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

namespace landfall::testing {
namespace {

/// The request in `bytes`, once as much of it is there as is waited for.
std::optional<ReceivedRequest> parseRequest(const std::string& bytes, ScriptedTarget::AnswerAt answer_at) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  ReceivedRequest request;
  std::istringstream head(bytes.substr(0, end));
  std::string line;
  std::getline(head, line);
  std::istringstream(line) >> request.method >> request.target;
  while (std::getline(head, line)) {
    if (line.ends_with('\r')) line.pop_back();
    const auto colon = line.find(": ");
    if (colon != std::string::npos) request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  if (answer_at == ScriptedTarget::AnswerAt::Head) return request;
  const std::size_t length = std::stoul(request.header("Content-Length").value_or("0"));
  if (bytes.size() < end + 4 + length) return std::nullopt;
  request.body = bytes.substr(end + 4, length);
  return request;
}

}  // namespace

std::optional<std::string> ReceivedRequest::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (::strcasecmp(key.c_str(), name.c_str()) == 0) return value;
  }
  return std::nullopt;
}

Reply answer(int status, const std::vector<std::string>& headers, const std::string& body) {
  std::string bytes = "HTTP/1.1 " + std::to_string(status) + " Scripted\r\n";
  for (const auto& header : headers) bytes += header + "\r\n";
  return {bytes + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
}

Reply silence() {
  Reply reply;
  reply.hold = true;
  return reply;
}

Reply closeEarly() { return {}; }

Reply keepAlive(Reply reply) {
  reply.keep_alive = true;
  return reply;
}

Reply byteByByte(Reply reply, std::chrono::milliseconds pause) {
  reply.piece = 1;
  reply.pause = pause;
  return reply;
}

ScriptedTarget::ScriptedTarget(Reply always, AnswerAt answer_at)
    : ScriptedTarget([always = std::move(always)](const ReceivedRequest&) { return always; }, answer_at) {}

ScriptedTarget::ScriptedTarget(Script script, AnswerAt answer_at) : script_(std::move(script)), answer_at_(answer_at) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  going_ = ::eventfd(0, EFD_CLOEXEC);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || going_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("a scripted target cannot listen");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { acceptLoop(); });
}

ScriptedTarget::~ScriptedTarget() {
  const std::uint64_t one = 1;
  if (::write(going_, &one, sizeof one) != sizeof one) std::abort();
  acceptor_.join();
  for (auto& thread : threads_) thread.join();  // the acceptor made the last one
  ::close(listener_);
  ::close(going_);
}

std::string ScriptedTarget::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<ReceivedRequest> ScriptedTarget::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedTarget::acceptLoop() {
  while (waitFor(listener_, POLLIN)) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    ++connections_;
    threads_.emplace_back([this, connection] {
      serve(connection);
      ::close(connection);
    });
  }
}

void ScriptedTarget::serve(int connection) {
  while (const auto request = readRequest(connection)) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*request);
    }
    if (!carryOut(script_(*request), connection)) return;
  }
}

std::optional<ReceivedRequest> ScriptedTarget::readRequest(int connection) const {
  std::string bytes;
  std::array<char, 16384> buffer{};
  while (true) {
    if (auto request = parseRequest(bytes, answer_at_)) return request;
    if (!waitFor(connection, POLLIN)) return std::nullopt;
    const auto count = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) return std::nullopt;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

bool ScriptedTarget::carryOut(const Reply& reply, int connection) const {
  do {
    const std::size_t piece = reply.piece == 0 ? std::max<std::size_t>(reply.bytes.size(), 1) : reply.piece;
    for (std::size_t at = 0; at < reply.bytes.size(); at += piece) {
      if (!send(connection, reply.bytes.substr(at, piece)) || !pause(reply.pause)) return false;
    }
  } while (reply.repeat);
  if (reply.hold) waitFor(connection, 0);
  return reply.keep_alive;
}

bool ScriptedTarget::send(int connection, const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    if (!waitFor(connection, POLLOUT)) return false;
    const auto count = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN) return false;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool ScriptedTarget::waitFor(int connection, short events) const {
  std::array<pollfd, 2> ready{{{going_, POLLIN, 0}, {connection, events, 0}}};
  if (::poll(ready.data(), ready.size(), -1) < 0) return false;
  return (ready[0].revents & POLLIN) == 0;
}

bool ScriptedTarget::pause(std::chrono::milliseconds time) const {
  pollfd going{going_, POLLIN, 0};
  return ::poll(&going, 1, static_cast<int>(time.count())) == 0;
}

}  // namespace landfall::testing

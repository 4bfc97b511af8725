// SPDX-License-Identifier: Apache-2.0
#include "core/http/connection.h"

#include <Poco/Exception.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace landfall::http {
namespace {

constexpr std::size_t kKeptBytes = 1024;
constexpr std::size_t kMaxSendBytes = 1 << 20;

void shrink(std::string& buffer) {
  if (buffer.capacity() > kKeptBytes) {
    buffer = std::string();
  } else {
    buffer.clear();
  }
}

}  // namespace

Connection::Connection(Poco::Net::StreamSocket connected, std::uint64_t its_number, std::string its_peer)
    : socket(std::move(connected)), number(its_number), peer(std::move(its_peer)) {}

Connection::Received Connection::receive(char* buffer, std::size_t size, std::string_view& bytes) {
  try {
    const int count = socket.receiveBytes(buffer, static_cast<int>(size));
    if (count < 0) return Received::Nothing;
    if (count == 0) return Received::End;
    bytes = std::string_view(buffer, static_cast<std::size_t>(count));
    return Received::Bytes;
  } catch (const Poco::Exception&) {
    return Received::Failed;
  }
}

Connection::Sent Connection::send() {
  try {
    while (sent < out.size()) {
      const auto size = std::min(out.size() - sent, kMaxSendBytes);
      const int count = socket.impl()->sendBytes(out.data() + sent, static_cast<int>(size), MSG_NOSIGNAL);
      if (count < 0) return Sent::Partly;  // as Poco's TLS sockets say it
      sent += static_cast<std::size_t>(count);
    }
  } catch (const Poco::Exception& error) {
    // Unlike receiveBytes, 1.11's sendBytes throws when a socket that does not block is full.
    return error.code() == EAGAIN || error.code() == EWOULDBLOCK ? Sent::Partly : Sent::Failed;
  }
  out.clear();
  sent = 0;
  return Sent::All;
}

void Connection::freeBuffers() {
  shrink(out);
  shrink(behind);
}

void DeadlineList::append(Connection& connection) {
  connection.before = last_;
  connection.after = nullptr;
  (last_ != nullptr ? last_->after : first_) = &connection;
  last_ = &connection;
}

void DeadlineList::remove(Connection& connection) {
  (connection.before != nullptr ? connection.before->after : first_) = connection.after;
  (connection.after != nullptr ? connection.after->before : last_) = connection.before;
  connection.before = nullptr;
  connection.after = nullptr;
}

}  // namespace landfall::http

// SPDX-License-Identifier: Apache-2.0
#include "core/http/connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/PollSet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace landfall::http {
namespace {

using Poco::Net::PollSet;

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
  if (tls == nullptr) return receiveRaw(buffer, size, bytes);
  std::size_t count = 0;
  switch (tls->read(buffer, size, count)) {
    case TlsSession::Step::Done:
      bytes = std::string_view(buffer, count);
      return Received::Bytes;
    case TlsSession::Step::WantsToRead:
      waits_for = PollSet::POLL_READ;
      return Received::Nothing;
    case TlsSession::Step::WantsToWrite:
      waits_for = PollSet::POLL_WRITE;
      return Received::Nothing;
    case TlsSession::Step::Ended:
      return Received::End;
    case TlsSession::Step::PlainHttp:
    case TlsSession::Step::Failed:
      break;
  }
  return Received::Failed;
}

Connection::Received Connection::receiveRaw(char* buffer, std::size_t size, std::string_view& bytes) {
  waits_for = PollSet::POLL_READ;
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
  const Sent all = tls != nullptr ? sendEncrypted() : sendPlain();
  if (all != Sent::All) return all;
  out.clear();
  sent = 0;
  return Sent::All;
}

Connection::Sent Connection::sendEncrypted() {
  while (sent < out.size()) {
    std::size_t count = 0;
    switch (tls->write(out.data() + sent, out.size() - sent, count)) {
      case TlsSession::Step::Done:
        sent += count;
        break;
      case TlsSession::Step::WantsToRead:
        waits_for = PollSet::POLL_READ;
        return Sent::Partly;
      case TlsSession::Step::WantsToWrite:
        waits_for = PollSet::POLL_WRITE;
        return Sent::Partly;
      case TlsSession::Step::Ended:
      case TlsSession::Step::PlainHttp:
      case TlsSession::Step::Failed:
        return Sent::Failed;
    }
  }
  return Sent::All;
}

Connection::Sent Connection::sendPlain() {
  waits_for = PollSet::POLL_WRITE;
  try {
    while (sent < out.size()) {
      const auto size = std::min(out.size() - sent, kMaxSendBytes);
      const int count = socket.impl()->sendBytes(out.data() + sent, static_cast<int>(size), MSG_NOSIGNAL);
      if (count < 0) return Sent::Partly;
      sent += static_cast<std::size_t>(count);
    }
  } catch (const Poco::Exception& error) {
    // Unlike receiveBytes, 1.11's sendBytes throws when a socket that does not block is full.
    return error.code() == EAGAIN || error.code() == EWOULDBLOCK ? Sent::Partly : Sent::Failed;
  }
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

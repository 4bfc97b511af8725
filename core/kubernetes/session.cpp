// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/session.h"

#include <Poco/Net/NetException.h>

namespace landfall::kubernetes {
namespace {

constexpr std::size_t kPiece = std::size_t{16} << 10;

}  // namespace

Session::Session(const Poco::Net::Context::Ptr& context, const Poco::Net::SecureStreamSocket& socket)
    : HTTPSClientSession(context) {
  attachSocket(socket);
  setKeepAlive(true);
  setKeepAliveTimeout(Poco::Timespan(365, 0, 0, 0, 0));  // whoever keeps the connection knows better
}

bool Session::read(std::string& out) {
  const std::size_t before = out.size();
  out.resize(before + kPiece);
  const int count = HTTPSClientSession::read(out.data() + before, static_cast<std::streamsize>(kPiece));
  out.resize(before + static_cast<std::size_t>(count > 0 ? count : 0));
  return count > 0;
}

void Session::connect(const Poco::Net::SocketAddress&) {
  throw Poco::Net::ConnectionResetException("the connection was closed");
}

int Session::write(const char* buffer, std::streamsize length) {
  // Past the parent, which would connect again. NOLINTNEXTLINE(bugprone-parent-virtual-call)
  return HTTPSession::write(buffer, length);
}

}  // namespace landfall::kubernetes

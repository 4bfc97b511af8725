// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/SecureStreamSocket.h>

#include <string>

namespace landfall::kubernetes {

/// Poco's session over a socket that is connected already. It never connects again by itself: that would be to an
/// address nobody resolved, with a descriptor nobody can interrupt.
class Session final : public Poco::Net::HTTPSClientSession {
 public:
  Session(const Poco::Net::Context::Ptr& context, const Poco::Net::SecureStreamSocket& socket);

  /// Appends to `out` some bytes that follow the head of an answer, as they are on the wire; false when the server has
  /// closed. Poco's own reader of chunks takes a body that broke off for a whole one.
  bool read(std::string& out);

 protected:
  void connect(const Poco::Net::SocketAddress& address) override;
  int write(const char* buffer, std::streamsize length) override;
};

}  // namespace landfall::kubernetes

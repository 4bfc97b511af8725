// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/kubernetes/calls.h"
#include "core/kubernetes/client.h"
#include "core/kubernetes/connection.h"
#include "core/kubernetes/credentials.h"
#include "core/kubernetes/dial.h"
#include "core/kubernetes/failures.h"

namespace landfall::kubernetes {

/// What a client's calls and its watches share. Any thread.
struct Client::State {
  State(Access how, ClientOptions with);

  struct Bounds {
    std::chrono::milliseconds timeout;
    std::size_t bytes;
  };

  /// Asks and reads the whole answer, over a connection that is kept; what comes back is the body of a 2xx.
  /// One that turns out to have been closed meanwhile is replaced once: the server has not seen the request then, and
  /// if it has, reading and merging twice do no harm.
  Answer<std::string> ask(const Asked& asked, const Request& request, Interruption& who, Bounds bounds);

  /// The beginning of an answer that never ends: the head was 200, what follows is for Connection::some().
  Answer<std::unique_ptr<Connection>> follow(const Asked& asked, const Request& request, Interruption& who);

  Answer<ListPage> list(const Scope& scope, std::size_t limit, const std::string& next, Interruption& who);

  const Access access;
  const ClientOptions options;
  Credentials credentials;
  Calls calls;

 private:
  struct Exchanged {
    Head head;
    std::string body;
  };
  struct Broken {
    base::Status why;
    bool answered = false;  ///< something had come back already
  };

  Answer<std::unique_ptr<Connection>> connect(const Asked& asked, Interruption& who, Deadline deadline);
  std::variant<Exchanged, Broken> exchange(Connection& connection, const Request& request, const std::string& token,
                                           std::size_t most_bytes);
  Failure brokenOff(const Asked& asked, const base::Status& why, const Interruption& who, const Calls::Entry& entry,
                    std::chrono::milliseconds timeout) const;
  Failure refusal(const Asked& asked, const Head& head, const std::string& body);

  struct Idle {
    std::unique_ptr<Connection> connection;
    Deadline since;
  };
  std::unique_ptr<Connection> takeIdle(Interruption& who);
  void keep(std::unique_ptr<Connection> connection);

  base::Status address_;          // as it was understood
  std::optional<Dialer> dialer_;  // none: it was not

  std::mutex mutex_;
  std::vector<Idle> idle_;  // the longest first

 public:
  /// How kinds are served, by apiVersion as it was asked for and kind.
  using Kind = std::pair<std::string, std::string>;
  std::mutex kinds_mutex;
  std::map<Kind, ResourceType> kinds;
};

}  // namespace landfall::kubernetes

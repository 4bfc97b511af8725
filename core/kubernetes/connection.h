// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/kubernetes/access.h"
#include "core/kubernetes/calls.h"
#include "core/kubernetes/dial.h"

namespace landfall::kubernetes {

struct Request {
  std::string method = "GET";
  std::string path;  ///< with its query, behind Endpoint::path
  std::string content_type;
  std::string body;
};

/// What stands before the body of an answer.
struct Head {
  int status = 0;
  std::string content_type;
  std::string retry_after;
  std::string date;
  std::string location;
};

/// One TLS connection to an API server that asks one thing after another. One thread at a time; it blocks for as long
/// as its Interruption lets it, except in open(). Unavailable says what broke.
class Connection {
 public:
  /// Connects and verifies the server until `deadline`; `who` holds it.
  static base::Result<std::unique_ptr<Connection>> open(Dialer& dialer, const Access& access, Calls& calls,
                                                        Interruption& who, Deadline deadline);
  /// Closes at once.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Lets `who` hold it; false when that has been interrupted. And lets go of it.
  bool holdBy(Interruption& who);
  void letGo();

  /// Sends `request` and reads the head of its answer. `token` may be empty.
  base::Result<Head> ask(const Request& request, const std::string& token, const std::string& user_agent);

  /// Some of the answer's body, as soon as there is some; nothing at its end. A body that breaks off is Unavailable.
  base::Result<std::string> some();

  /// True when the answer is read to its end, and the server has neither closed since nor said anything else.
  bool reusable() const;

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace landfall::kubernetes

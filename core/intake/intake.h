// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/snapshot.h"
#include "core/config/configuration.h"
#include "core/intake/failure_limits.h"
#include "core/model/event.h"
#include "storage/store.h"

namespace landfall::intake {

/// A complete request to the webhook listener.
struct WebhookCall {
  std::string method;
  std::string path;  ///< as it came, undecoded, without the query
  std::string query;
  std::vector<model::Header> headers;
  std::string body;
  std::string peer;                                       ///< address of the sender, without port
  std::optional<std::string> client_certificate_subject;  ///< verified; RFC 4514
};

/// What the sender is to be told. The webhook endpoint alone turns it into HTTP.
struct Answer {
  enum class Kind {
    Recorded,   ///< on disk
    Malformed,  ///< on disk, and the sender is told that its body is not the format
    UnknownPath,
    WrongMethod,
    Unauthenticated,
    TooManyFailures,  ///< of this peer
    Unavailable,      ///< cannot be recorded now: the sender should come again
  };
  Kind kind = Kind::Unavailable;
  std::optional<model::EventId> event;
  model::Outcome outcome = model::Outcome::Unrecognised;
  std::size_t warehouses = 0;
  std::string detail;  ///< for people; never why a credential was refused
};

/// "recorded", "unknown_path", …: as logs and metrics write it.
std::string_view name(Answer::Kind kind);

/// Told of each request when its sender is answered. `receiver`: none at its path. From any thread that answers; must
/// not block nor throw.
using AnswerObserver = std::function<void(const model::ReceiverKey* receiver, const Answer& answer)>;

/// The one way of an event from request to record: the receiver's own proofs → authenticate → parse → match → record.
/// Any thread.
class Intake {
 public:
  Intake(const base::Snapshot<config::Configuration>& configuration, storage::Store& store, const base::Clock& clock,
         base::Log& log, AnswerObserver answered = {});

  /// `done` is called exactly once: from this thread when nothing has to be recorded first, otherwise from a thread of
  /// the store when it is on disk (or cannot be). Never blocks.
  void receive(WebhookCall call, std::function<void(Answer)> done);

  /// Reads a recorded event again: its body and kept headers, with today's adapter and configuration, recorded as an
  /// event of its own that names it. Nobody is authenticated: whoever asks answers for it. Blocks for reads of the
  /// store; `done` as in receive(). NotFound. FailedPrecondition: its body was not kept, or its receiver is not
  /// configured any more, or with another adapter.
  void replay(model::EventId id, std::function<void(base::Result<storage::Recorded>)> done);

  /// Sends a sample of the receiver's adapter the whole way, signed as the registry would and with the proofs that the
  /// receiver asks for. `done` as in receive(). NotFound: no such receiver. InvalidArgument: no such sample.
  /// FailedPrecondition: the adapter cannot sign it.
  void send(const model::ReceiverKey& receiver, std::string_view sample, std::string peer,
            std::function<void(base::Result<Answer>)> done);

 private:
  using Done = std::function<void(Answer)>;

  /// Answers what is not recorded.
  void refuse(const WebhookCall& call, const config::Receiver* receiver, base::UtcTime now, Answer answer,
              const Done& done);
  void tell(const config::Receiver* receiver, Answer answer, const Done& done) const;
  /// Keeps a request with a wrong credential in the history, without its body and not too many of one receiver.
  void rememberRefusal(model::Event event, const model::ReceiverKey& receiver);

  const base::Snapshot<config::Configuration>& configuration_;
  storage::Store& store_;
  const base::Clock& clock_;
  base::Log& log_;
  const AnswerObserver answered_;
  FailureLimits limits_;
};

}  // namespace landfall::intake

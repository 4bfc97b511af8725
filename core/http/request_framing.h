// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/message.h"
#include "core/http/request_head.h"

namespace landfall::http {

struct FramingLimits {
  std::size_t max_head_bytes = 16384;      ///< also of a body's trailers, and of its chunk extensions together
  std::uint64_t max_body_bytes = 2097152;  ///< exactly that many are accepted
};

/// Cuts the bytes of one connection into requests (RFC 9112), the same however they are divided. Pure: no sockets, no
/// time. Not thread-safe.
///
/// The head is read here and not by Poco's HTTPRequest, which decodes RFC 2047 words inside values (1.11 turns
/// "=?utf-8?Q?a=62c?=" into "abc"): an adapter signs and compares the bytes that came.
class RequestFraming {
 public:
  enum class Stage {
    Idle,  ///< no byte of the next request has come
    Head,
    Body,
    Complete,  ///< take() it before more is fed
    Refused,   ///< for ever: where the next request begins is unknown
  };

  /// Takes bytes up to the end of the request; says how many. The limits for the body are those of the feed that ends
  /// the head.
  std::size_t feed(std::string_view bytes, const FramingLimits& limits);

  Stage stage() const { return stage_; }
  /// Only when refused.
  const Refusal& refusal() const { return refusal_; }
  /// True once, when the head asked for "100 Continue" and nothing of the body has come yet.
  bool takeExpectation();
  /// What the request in hand holds of the body.
  std::size_t bodyBytes() const { return request_.body.size(); }

  struct Framed {
    Request request;  ///< without the peer
    bool keep_alive = false;
    bool takes_chunks = false;  ///< it is HTTP/1.1
  };
  /// The complete request; the next one may be fed.
  Framed take();

 private:
  enum class BodyPart { Fixed, ChunkSize, ChunkData, ChunkEnd, Trailers };

  std::optional<std::string_view> takeLine(std::string_view bytes, std::size_t& used, Refusal too_long);
  void feedHead(std::string_view bytes, std::size_t& used, const FramingLimits& limits);
  void endHead(const FramingLimits& limits);
  void feedBody(std::string_view bytes, std::size_t& used);
  void takeBody(std::string_view bytes, std::size_t& used);
  void feedChunkSize(std::string_view bytes, std::size_t& used);
  void readChunkSize(std::string_view line);
  void feedTrailers(std::string_view bytes, std::size_t& used);
  void refuse(Refusal refusal);

  Stage stage_ = Stage::Idle;
  Refusal refusal_;
  Request request_;
  HeadFacts facts_;
  FramingLimits limits_;       ///< of the request in hand
  bool request_line_ = false;  ///< has been read
  std::string line_;           ///< the part of a line that came with earlier bytes
  std::string finished_line_;  ///< keeps the last such line alive while it is read
  bool after_cr_ = false;
  std::size_t line_room_ = 0;  ///< bytes that may still be taken for lines
  BodyPart part_ = BodyPart::Fixed;
  std::uint64_t data_left_ = 0;     ///< of the body, or of the chunk
  std::size_t extension_room_ = 0;  ///< bytes of chunk extensions still tolerated
  std::size_t line_end_seen_ = 0;   ///< bytes of the line end behind a chunk
  bool expectation_pending_ = false;
};

}  // namespace landfall::http

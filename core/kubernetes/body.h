// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace landfall::kubernetes {

/// Where the body of an HTTP/1.1 answer ends (RFC 9112 section 6), and what of its bytes is the body.
class BodyFrame {
 public:
  static BodyFrame sized(std::uint64_t bytes);
  static BodyFrame chunked();
  static BodyFrame untilClosed();

  /// Appends to `out` what `wire`, the next bytes of the connection, holds of the body. False: no valid framing, or
  /// more than the answer; nothing can be read from this connection any more.
  bool take(std::string_view wire, std::string& out);

  bool ended() const { return state_ == State::Ended; }
  bool endsWithConnection() const { return state_ == State::UntilClosed; }

 private:
  enum class State { Sized, UntilClosed, ChunkSize, Chunk, ChunkEnd, Trailer, Ended };
  bool takeLine(std::string_view line);

  State state_ = State::Ended;
  std::uint64_t left_ = 0;  ///< of the body, or of the chunk
  std::string line_;        ///< the beginning of one
  std::size_t trailers_ = 0;
};

}  // namespace landfall::kubernetes

// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/body.h"

#include <algorithm>
#include <charconv>

namespace landfall::kubernetes {
namespace {

constexpr std::size_t kMostLine = std::size_t{8} << 10;
constexpr std::size_t kMostTrailers = 100;
constexpr std::size_t kMostDigits = 8;

}  // namespace

BodyFrame BodyFrame::sized(std::uint64_t bytes) {
  BodyFrame frame;
  frame.left_ = bytes;
  if (bytes > 0) frame.state_ = State::Sized;
  return frame;
}

BodyFrame BodyFrame::chunked() {
  BodyFrame frame;
  frame.state_ = State::ChunkSize;
  return frame;
}

BodyFrame BodyFrame::untilClosed() {
  BodyFrame frame;
  frame.state_ = State::UntilClosed;
  return frame;
}

bool BodyFrame::take(std::string_view wire, std::string& out) {
  while (!wire.empty()) {
    if (state_ == State::Ended) return false;
    if (state_ == State::UntilClosed) {
      out.append(wire);
      return true;
    }
    if (state_ == State::Sized || state_ == State::Chunk) {
      const auto count = std::min<std::uint64_t>(left_, wire.size());
      out.append(wire.substr(0, count));
      wire.remove_prefix(count);
      left_ -= count;
      if (left_ == 0) state_ = state_ == State::Sized ? State::Ended : State::ChunkEnd;
      continue;
    }
    const auto end = wire.find('\n');
    line_.append(wire.substr(0, end));
    if (line_.size() > kMostLine) return false;
    if (end == std::string_view::npos) return true;
    wire.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    const bool understood = takeLine(line_);
    line_.clear();
    if (!understood) return false;
  }
  return true;
}

bool BodyFrame::takeLine(std::string_view line) {
  if (state_ == State::ChunkEnd) {
    state_ = State::ChunkSize;
    return line.empty();
  }
  if (state_ == State::Trailer) {
    if (line.empty()) state_ = State::Ended;
    return ++trailers_ <= kMostTrailers;
  }
  const auto digits = line.substr(0, line.find_first_of("; \t"));
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, left_, 16);
  if (digits.empty() || digits.size() > kMostDigits || error != std::errc() || end != last) return false;
  state_ = left_ == 0 ? State::Trailer : State::Chunk;
  return true;
}

}  // namespace landfall::kubernetes

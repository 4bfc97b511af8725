// SPDX-License-Identifier: Apache-2.0
#include "core/http/request_framing.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/hex_digit.h"

namespace landfall::http {
namespace {

constexpr std::size_t kMaxChunkLineBytes = 256;
constexpr std::size_t kMaxChunkSizeDigits = 16;
// A declared length is a claim: memory is given out as the bytes come.
constexpr std::uint64_t kMaxReservedBytes = 65536;

constexpr Refusal kHeadTooLarge{431, "the head of the request is too large"};
constexpr Refusal kBodyTooLarge{413, "the body is larger than is accepted here"};
constexpr Refusal kBadChunk{400, "a chunk of the body is malformed"};
constexpr Refusal kBadCharacter{400,
                                "the bytes are not HTTP: a control character or a line that does not end in CR LF"};

/// What may stand in a line: anything but control characters, of which only the tab is let in.
constexpr std::array<bool, 256> kLineBytes = [] {
  std::array<bool, 256> allowed{};
  for (std::size_t byte = 0; byte < allowed.size(); ++byte) allowed[byte] = byte >= 0x20 && byte != 0x7f;
  allowed['\t'] = true;
  return allowed;
}();

}  // namespace

std::size_t RequestFraming::feed(std::string_view bytes, const FramingLimits& limits) {
  std::size_t used = 0;
  while (used < bytes.size() && stage_ != Stage::Complete && stage_ != Stage::Refused) {
    if (stage_ == Stage::Idle) {
      stage_ = Stage::Head;
      line_room_ = limits.max_head_bytes;
    }
    if (stage_ == Stage::Head) {
      feedHead(bytes, used, limits);
    } else {
      feedBody(bytes, used);
    }
  }
  return used;
}

bool RequestFraming::takeExpectation() { return std::exchange(expectation_pending_, false); }

RequestFraming::Framed RequestFraming::take() {
  Framed framed{
      .request = std::move(request_), .keep_alive = facts_.http_1_1 && !facts_.close, .takes_chunks = facts_.http_1_1};
  *this = RequestFraming();
  return framed;
}

/// The next line without its end, once all of it is here. It lives until the next call. Refuses what no line may hold.
std::optional<std::string_view> RequestFraming::takeLine(std::string_view bytes, std::size_t& used, Refusal too_long) {
  const auto start = used;
  while (used < bytes.size()) {
    if (line_room_ == 0) {
      refuse(too_long);
      return std::nullopt;
    }
    const char c = bytes[used];
    ++used;
    --line_room_;
    if (after_cr_) {
      if (c != '\n') {
        refuse(kBadCharacter);
        return std::nullopt;
      }
      after_cr_ = false;
      std::string_view line = bytes.substr(start, used - start);
      if (!line_.empty()) {
        finished_line_ = std::exchange(line_, {});
        finished_line_ += line;
        line = finished_line_;
      }
      return line.substr(0, line.size() - 2);
    }
    if (c == '\r') {
      after_cr_ = true;
    } else if (!kLineBytes[static_cast<unsigned char>(c)]) {
      refuse(kBadCharacter);
      return std::nullopt;
    }
  }
  line_ += bytes.substr(start, used - start);
  return std::nullopt;
}

void RequestFraming::feedHead(std::string_view bytes, std::size_t& used, const FramingLimits& limits) {
  while (used < bytes.size() && stage_ == Stage::Head) {
    const auto line = takeLine(bytes, used, kHeadTooLarge);
    if (!line) return;
    if (!request_line_) {
      // RFC 9112 section 2.2: empty lines before a request are passed over (they count as part of the head).
      if (line->empty()) continue;
      if (const auto refusal = readRequestLine(*line, request_, facts_)) return refuse(*refusal);
      request_line_ = true;
    } else if (!line->empty()) {
      if (const auto refusal = readFieldLine(*line, request_, facts_)) return refuse(*refusal);
    } else {
      endHead(limits);
    }
  }
}

void RequestFraming::endHead(const FramingLimits& limits) {
  if (const auto refusal = checkHead(request_, facts_)) return refuse(*refusal);
  limits_ = limits;
  if (!facts_.chunked && facts_.content_length > limits.max_body_bytes) return refuse(kBodyTooLarge);
  if (!facts_.chunked && facts_.content_length == 0) {
    stage_ = Stage::Complete;
    return;
  }
  stage_ = Stage::Body;
  expectation_pending_ = facts_.expects_continue;
  if (facts_.chunked) {
    part_ = BodyPart::ChunkSize;
    line_room_ = kMaxChunkLineBytes;
    extension_room_ = limits.max_head_bytes;
  } else {
    part_ = BodyPart::Fixed;
    data_left_ = facts_.content_length;
    request_.body.reserve(static_cast<std::size_t>(std::min(data_left_, kMaxReservedBytes)));
  }
}

void RequestFraming::feedBody(std::string_view bytes, std::size_t& used) {
  expectation_pending_ = false;  // whoever sends without waiting needs no word to go on
  while (used < bytes.size() && stage_ == Stage::Body) {
    switch (part_) {
      case BodyPart::Fixed:
        takeBody(bytes, used);
        if (data_left_ == 0) stage_ = Stage::Complete;
        break;
      case BodyPart::ChunkSize:
        feedChunkSize(bytes, used);
        break;
      case BodyPart::ChunkData:
        takeBody(bytes, used);
        if (data_left_ == 0) part_ = BodyPart::ChunkEnd;
        break;
      case BodyPart::ChunkEnd:
        if (bytes[used] != "\r\n"[line_end_seen_]) return refuse(kBadChunk);
        ++used;
        if (++line_end_seen_ == 2) {
          line_end_seen_ = 0;
          part_ = BodyPart::ChunkSize;
          line_room_ = kMaxChunkLineBytes;
        }
        break;
      case BodyPart::Trailers:
        feedTrailers(bytes, used);
        break;
    }
  }
}

void RequestFraming::takeBody(std::string_view bytes, std::size_t& used) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(data_left_, bytes.size() - used));
  request_.body.append(bytes.substr(used, count));
  used += count;
  data_left_ -= count;
}

void RequestFraming::feedChunkSize(std::string_view bytes, std::size_t& used) {
  if (const auto line = takeLine(bytes, used, kBadChunk)) readChunkSize(*line);
}

void RequestFraming::readChunkSize(std::string_view line) {
  std::size_t digits = 0;
  std::uint64_t size = 0;
  while (digits < line.size() && base::hexDigit(line[digits]) >= 0) {
    if (digits == kMaxChunkSizeDigits) return refuse(kBadChunk);
    size = size * 16 + static_cast<std::uint64_t>(base::hexDigit(line[digits]));
    ++digits;
  }
  const std::string_view extensions = line.substr(digits);
  const auto text = extensions.find_first_not_of(" \t");
  if (digits == 0 || (text == extensions.npos ? !extensions.empty() : extensions[text] != ';')) {
    return refuse(kBadChunk);
  }
  // Each is short, but a body of one-byte chunks could carry 250 times its size in them.
  if (extensions.size() > extension_room_) return refuse(kBadChunk);
  extension_room_ -= extensions.size();
  if (size > limits_.max_body_bytes - request_.body.size()) return refuse(kBodyTooLarge);
  data_left_ = size;
  part_ = size == 0 ? BodyPart::Trailers : BodyPart::ChunkData;
  if (size == 0) line_room_ = limits_.max_head_bytes;
}

/// Trailers are checked and dropped: nothing that came after the body may look like a header.
void RequestFraming::feedTrailers(std::string_view bytes, std::size_t& used) {
  const auto line = takeLine(bytes, used, kHeadTooLarge);
  if (!line) return;
  if (line->empty()) {
    stage_ = Stage::Complete;
    return;
  }
  std::string_view name;
  std::string_view value;
  if (const auto refusal = splitFieldLine(*line, name, value)) refuse(*refusal);
}

void RequestFraming::refuse(Refusal refusal) {
  stage_ = Stage::Refused;
  refusal_ = refusal;
  request_ = {};
  line_ = {};
}

}  // namespace landfall::http

// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/http_answer.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/base/time_text.h"
#include "core/refresh/said_text.h"

namespace landfall::refresh {
namespace {

constexpr std::size_t kMaxHead = 16384;
constexpr std::size_t kMaxText = kHeardText;
// The text is for people only: it is not worth holding a worker for.
constexpr std::chrono::seconds kTextWithin{2};

bool equalIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Number>
std::optional<Number> parseNumber(std::string_view text, int base) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The line at the front of `text`, without its end (CRLF, or the bare LF that RFC 9112 2.2 lets readers take).
std::string_view takeLine(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Where the head ends and the body begins; nothing while it has not come whole.
std::optional<std::size_t> endOfHead(std::string_view bytes) {
  std::size_t at = 0;
  while (true) {
    const auto end = bytes.find('\n', at);
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = bytes.substr(at, end - at);
    if (line.empty() || line == "\r") return end + 1;
    at = end + 1;
  }
}

constexpr std::uint64_t kUntilClose = UINT64_MAX;

struct Head {
  HttpAnswer answer;
  std::uint64_t length = kUntilClose;  // none given
  bool chunked = false;
  bool keeps_open = false;
  bool doubtful = false;  // where the body ends can be read in two ways
};

/// True when the list `value` (RFC 9110 section 5.6.1) names `token`.
bool lists(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const auto comma = std::min(value.find(','), value.size());
    if (equalIgnoringCase(trimmed(value.substr(0, comma)), token)) return true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return false;
}

void readField(std::string_view name, std::string_view value, Head& head) {
  if (equalIgnoringCase(name, "Retry-After")) head.answer.retry_after = std::string(value);
  if (equalIgnoringCase(name, "Connection") && lists(value, "close")) head.keeps_open = false;
  if (equalIgnoringCase(name, "Content-Length")) {
    const auto length = parseNumber<std::uint64_t>(value, 10);
    head.doubtful |= !length || (head.length != kUntilClose && head.length != *length);
    head.length = length.value_or(head.length);
  }
  if (equalIgnoringCase(name, "Transfer-Encoding")) {
    head.chunked = !equalIgnoringCase(value, "identity");
    head.doubtful |= !equalIgnoringCase(value, "chunked");
  }
}

std::optional<Head> parseHead(std::string_view text) {
  Head head;
  const std::string_view line = takeLine(text);
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return std::nullopt;
  const auto status = parseNumber<int>(line.substr(9, 3), 10);
  if (!status || *status < 100 || *status > 599 || (line.size() > 12 && line[12] != ' ')) return std::nullopt;
  head.answer.status = *status;
  head.answer.reason = std::string(trimmed(line.substr(12)));
  head.keeps_open = line[7] != '0';  // RFC 9112 section 9.3: 1.0 closes

  while (!text.empty()) {
    const std::string_view field = takeLine(text);
    const auto colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    readField(field.substr(0, colon), trimmed(field.substr(colon + 1)), head);
  }
  head.doubtful |= head.chunked && head.length != kUntilClose;
  return head;
}

/// What of a chunked body's bytes has come: its text so far.
struct Unchunked {
  enum class Part { Beginning, Whole, Unreadable };

  std::string text;
  Part part = Part::Beginning;
  std::size_t consumed = 0;  // of a whole one
};

Unchunked unchunk(const std::string_view bytes) {
  using Part = Unchunked::Part;
  Unchunked result;
  std::string_view rest = bytes;
  const auto lineHasCome = [&] { return rest.find('\n') != std::string_view::npos; };
  while (result.text.size() < kMaxText && lineHasCome()) {
    const std::string_view line = takeLine(rest);
    const auto size = parseNumber<std::uint64_t>(trimmed(line.substr(0, line.find(';'))), 16);
    if (!size) {
      result.part = Part::Unreadable;
      return result;
    }
    if (*size == 0) {
      while (lineHasCome()) {
        if (!takeLine(rest).empty()) continue;  // a trailer
        result.part = Part::Whole;
        result.consumed = bytes.size() - rest.size();
        return result;
      }
      return result;
    }
    result.text += rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(*size, rest.size())));
    if (*size >= rest.size()) return result;
    rest.remove_prefix(static_cast<std::size_t>(*size));
    if (lineHasCome() && !takeLine(rest).empty()) {
      result.part = Part::Unreadable;
      return result;
    }
  }
  return result;
}

/// True when enough of the body is in `bytes`; then the answer has its text.
bool takeText(Head& head, const std::string& bytes) {
  bool complete = false;
  bool to_the_byte = false;
  if (head.chunked) {
    auto chunks = unchunk(bytes);
    complete = chunks.part != Unchunked::Part::Beginning;
    to_the_byte = chunks.part == Unchunked::Part::Whole && chunks.consumed == bytes.size();
    head.answer.text = std::move(chunks.text);
  } else {
    complete = bytes.size() >= head.length;
    to_the_byte = bytes.size() == head.length;
    head.answer.text = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(head.length, kMaxText)));
  }
  head.answer.reusable = to_the_byte && head.keeps_open && !head.doubtful;
  const bool enough = head.answer.text.size() >= kMaxText;
  head.answer.text.resize(std::min(head.answer.text.size(), kMaxText));
  // Chunks of a byte each: their framing is bounded too.
  return complete || enough || bytes.size() >= 8 * kMaxText;
}

}  // namespace

base::Result<HttpAnswer> readAnswer(const ReceiveFunction& receive, Deadline deadline) {
  std::string bytes;
  std::optional<Head> head;
  while (!head) {
    const auto end = endOfHead(bytes);
    if (end.value_or(bytes.size()) > kMaxHead) return base::unavailable("the answer's head is longer than 16 KiB");
    if (end) {
      head = parseHead(std::string_view(bytes).substr(0, *end));
      if (!head) break;
      bytes.erase(0, *end);
      if (head->answer.status < 200) head.reset();  // interim: the real one follows
      continue;
    }
    auto piece = receive(deadline);
    if (!piece.ok()) return piece.status();
    if (piece->empty())
      return base::unavailable(bytes.empty() ? "the target closed the connection without an answer"
                                             : "the target closed the connection within its answer's head");
    bytes += *piece;
  }
  if (!head) return base::unavailable("the answer is no HTTP/1; check that the URL's port speaks it");

  const bool no_body = head->answer.status == 204 || head->answer.status == 304;
  if (no_body) {
    const bool says_none = !head->chunked && (head->length == kUntilClose || head->length == 0);
    head->answer.reusable = bytes.empty() && says_none && head->keeps_open && !head->doubtful;
  }
  const auto text_deadline = std::min(deadline, std::chrono::steady_clock::now() + kTextWithin);
  while (!no_body && !takeText(*head, bytes)) {
    auto piece = receive(text_deadline);
    if (!piece.ok() || piece->empty()) break;
    bytes += *piece;
  }
  return std::move(head->answer);
}

std::optional<std::chrono::milliseconds> parseRetryAfter(std::string_view value, base::UtcTime now) {
  using std::chrono::milliseconds;
  value = trimmed(value);
  if (!value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos) {
    constexpr std::int64_t kLongest = 10LL * 365 * 24 * 3600;  // whoever says more means "very long"
    const auto seconds = parseNumber<std::int64_t>(value, 10).value_or(kLongest);
    return std::chrono::seconds(std::min(seconds, kLongest));
  }
  const auto date = base::parseHttpDate(value);
  if (!date) return std::nullopt;
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(*date - now));
}

}  // namespace landfall::refresh

// SPDX-License-Identifier: Apache-2.0
#include "core/http/message.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/http/problem.h"

namespace landfall::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool equalIgnoringCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& header : headers) {
    if (equalIgnoringCase(header.name, name)) return header.value;
  }
  return std::nullopt;
}

Responder::Responder(Completion completion) : completion_(std::make_unique<Completion>(std::move(completion))) {}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    drop();
    completion_ = std::move(other.completion_);
  }
  return *this;
}

Responder::~Responder() { drop(); }

void Responder::complete(Response response) {
  // Taken out first: a completion that throws must not be called again by the destructor.
  if (const auto completion = std::move(completion_)) (*completion)(std::move(response));
}

void Responder::drop() noexcept {
  if (!completion_) return;
  try {
    complete(problem(500, "the request was given up without an answer"));
  } catch (const std::exception&) {
    // Out of memory: the answer timeout or the peer's own ends the request.
  }
}

}  // namespace landfall::http

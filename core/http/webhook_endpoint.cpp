// SPDX-License-Identifier: Apache-2.0
#include "core/http/webhook_endpoint.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/http/client_address.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

// Seconds. Long enough for a store to come back, short enough for a sender that tries three times and gives up.
constexpr const char* kRetryAfterUnavailable = "5";
constexpr const char* kRetryAfterTooMany = "10";

/// A string of JSON; bytes that are no UTF-8 are replaced.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Written without a JSON library where nothing needs quoting: it is built on the thread that commits.
Response recorded(const intake::Answer& answer) {
  std::string body = fmt::format(R"({{"event":{},"outcome":"{}","warehouses":{})",
                                 answer.event ? fmt::format(R"("{}")", answer.event->text()) : "null",
                                 model::name(answer.outcome), answer.warehouses);
  if (!answer.detail.empty()) body += R"(,"detail":)" + quoted(answer.detail);
  body += '}';
  return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

Response refused(int status, std::string_view detail, model::Header header) {
  Response response = problem(status, detail);
  response.headers.push_back(std::move(header));
  return response;
}

std::string_view detailOr(const intake::Answer& answer, std::string_view otherwise) {
  return answer.detail.empty() ? otherwise : std::string_view(answer.detail);
}

Response byKind(const intake::Answer& answer) {
  switch (answer.kind) {
    case intake::Answer::Kind::Recorded:
      return recorded(answer);
    case intake::Answer::Kind::Malformed:
      return problem(400, detailOr(answer, "the body is not of the format its content type names"));
    case intake::Answer::Kind::UnknownPath:
      return problem(404, detailOr(answer, "no receiver has this path"));
    case intake::Answer::Kind::WrongMethod:
      return refused(405, detailOr(answer, "receivers take POST"), {"Allow", "POST"});
    case intake::Answer::Kind::Unauthenticated:
      // Never the answer's detail: whoever guesses learns nothing from it.
      return refused(401, "", {"WWW-Authenticate", "Landfall"});
    case intake::Answer::Kind::TooManyFailures: {
      Response response = refused(429, detailOr(answer, "too many requests from this address have failed"),
                                  {"Retry-After", kRetryAfterTooMany});
      // Whoever goes on has to connect each time, which keeps the handlers free for those in earnest.
      response.close = true;
      return response;
    }
    case intake::Answer::Kind::Unavailable:
      break;
  }
  return refused(503, detailOr(answer, "the event cannot be recorded now"), {"Retry-After", kRetryAfterUnavailable});
}

}  // namespace

Response webhookResponse(const intake::Answer& answer) {
  Response response = byKind(answer);
  const bool authentic =
      answer.kind == intake::Answer::Kind::Recorded || answer.kind == intake::Answer::Kind::Malformed;
  if (answer.event && authentic) {
    response.headers.push_back({"Landfall-Event", answer.event->text()});
  }
  return response;
}

void handleWebhook(intake::Intake& intake, const std::vector<base::Network>& trusted_proxies, Request request,
                   Responder responder) {
  std::string sender = clientAddress(request.peer, request.headers, trusted_proxies);
  auto shared = std::make_shared<Responder>(std::move(responder));  // std::function asks for something copyable
  intake.receive({.method = std::move(request.method),
                  .path = std::move(request.path),
                  .query = std::move(request.query),
                  .headers = std::move(request.headers),
                  .body = std::move(request.body),
                  .peer = std::move(sender),
                  .client_certificate_subject = std::move(request.client_certificate_subject)},
                 [shared](const intake::Answer& answer) { shared->complete(webhookResponse(answer)); });
}

}  // namespace landfall::http

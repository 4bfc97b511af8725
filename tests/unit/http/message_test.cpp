// SPDX-License-Identifier: Apache-2.0
#include "core/http/message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/http/problem.h"

namespace landfall::http {
namespace {

Responder noting(std::vector<int>& statuses) {
  return Responder([&statuses](Response response) { statuses.push_back(response.status); });
}

TEST(Request, FindsTheFirstHeaderInAnyCase) {
  Request request;
  request.headers = {{"X-Event", "one"}, {"x-event", "two"}};

  EXPECT_EQ(request.header("X-EVENT"), "one");
  EXPECT_FALSE(request.header("X-Even").has_value());
}

TEST(Responder, AnswersOnce) {
  std::vector<int> statuses;
  {
    Responder responder = noting(statuses);
    responder.complete({.status = 200});
    responder.complete({.status = 404});
  }

  EXPECT_EQ(statuses, std::vector<int>{200});
}

TEST(Responder, Answers500WhenItIsDropped) {
  std::vector<int> statuses;
  { const Responder responder = noting(statuses); }

  EXPECT_EQ(statuses, std::vector<int>{500});
}

TEST(Responder, Answers500WhenAnotherTakesItsPlace) {
  std::vector<int> first;
  std::vector<int> second;
  Responder responder = noting(first);

  responder = noting(second);

  EXPECT_EQ(first, std::vector<int>{500});
  EXPECT_TRUE(second.empty());
}

TEST(Responder, PassesItsDutyOnWhenMoved) {
  std::vector<int> statuses;
  Responder from = noting(statuses);
  {
    Responder to = std::move(from);
    EXPECT_TRUE(statuses.empty());
    to.complete({.status = 204});
  }

  EXPECT_EQ(statuses, std::vector<int>{204});
}

TEST(Responder, IsNotDroppedOverAnExceptionOfItsCompletion) {
  Responder responder([](const Response&) { throw std::runtime_error("no memory"); });

  EXPECT_THROW(responder.complete({}), std::runtime_error);
}

TEST(Problem, IsAProblemDocument) {
  const Response response = problem(404, "no such \"event\"");

  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers, (std::vector<model::Header>{{"Content-Type", "application/problem+json"}}));
  const auto body = nlohmann::json::parse(response.body);
  EXPECT_EQ(body,
            (nlohmann::json{
                {"type", "about:blank"}, {"title", "Not Found"}, {"status", 404}, {"detail", "no such \"event\""}}));
}

TEST(Problem, SurvivesBytesThatAreNoText) { EXPECT_NO_THROW(nlohmann::json::parse(problem(400, "\xff\xfe").body)); }

}  // namespace
}  // namespace landfall::http

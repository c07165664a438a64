#include "server/http/problem.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

TEST(Problem, IsADocument) {
  const HttpResponse response =
      problem(400, "", "Bad \"k\".", {{"column", 3}, {"type", "/problems/query-syntax"}});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.type, "application/problem+json");
  EXPECT_EQ(
      response.body,
      R"({"type":"/problems/query-syntax","title":"Bad Request","status":400,"detail":"Bad \"k\".","column":3})");
}

TEST(Problem, MayQuoteBytesThatAreNotUtf8) {
  EXPECT_NE(problem(400, "Title", "\xff").body.find("\uFFFD"), std::string::npos);
}

TEST(Problem, OfInputTellsWhatIsWrong) {
  const HttpResponse response = problem_of(Error(ErrorCode::not_found, "no image has the id 5"));
  EXPECT_EQ(response.status, 404);
  EXPECT_NE(response.body.find("no image has the id 5"), std::string::npos);
}

TEST(Problem, OfTheServerHidesDetails) {
  for (const ErrorCode code : {ErrorCode::io, ErrorCode::internal}) {
    const HttpResponse response = problem_of(Error(code, "cannot open /home/user/file"));
    EXPECT_EQ(response.status, code == ErrorCode::io ? 503 : 500);
    EXPECT_EQ(response.body.find("/home"), std::string::npos);
  }
}

TEST(Problem, EveryStatusOfAnErrorHasATitle) {
  for (const ErrorCode code :
       {ErrorCode::invalid_argument, ErrorCode::not_found, ErrorCode::invalid_data,
        ErrorCode::unsupported, ErrorCode::limit_exceeded, ErrorCode::io, ErrorCode::cancelled,
        ErrorCode::internal}) {
    EXPECT_NE(status_title(http_status(code)), "Error") << error_code_name(code);
  }
}

}  // namespace
}  // namespace sightline::server

// Ordinary requests: what well-behaved clients see.
#include "server/http/http_server.h"

#include <gtest/gtest.h>

#include <thread>

#include "expect_error.h"
#include "server_fixture.h"

namespace sightline::server::test {
namespace {

using sightline::test::expect_error;

TEST(HttpServer, AnswersRequests) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/health")));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "ok");
  EXPECT_EQ(reply->headers.at("content-type"), "text/plain");
}

TEST(HttpServer, DecodesTargetsAndHeaders) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(
      client.send(get("/descr%69be?q=caf%C3%A9+au%2Blait&k=5&empty&=x", "X-One:  two \t\r\n")));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body,
            "GET /describe\nparameter q=caf\u00E9 au+lait\nparameter k=5\nparameter "
            "empty=\nparameter =x\n"
            "header host=localhost\nheader x-one=two\npeer 127.0.0.1\n");
}

TEST(HttpServer, FindsHeadersAndParameters) {
  const HttpRequest request{.parameters = {{"q", "a"}, {"q", "b"}}, .headers = {{"accept", "x"}}};
  EXPECT_EQ(request.header("accept"), "x");
  EXPECT_EQ(request.header("host"), "");
  EXPECT_EQ(request.parameter("q"), "a");
  EXPECT_EQ(request.parameter("k"), std::nullopt);
}

TEST(HttpServer, KeepsConnectionsAlive) {
  TestServer server;
  TestClient client = server.client();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.send(post("/echo", "body " + std::to_string(i))));
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "body " + std::to_string(i));
  }
  EXPECT_EQ(server->counts().connections, 1);
  EXPECT_EQ(server->counts().requests, 5);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/wait") + post("/echo", "second") + get("/health")));
  const auto waiting = server.next_waiting();
  ASSERT_TRUE(waiting);
  waiting->respond(text_response("first"));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "first");
  EXPECT_EQ(client.receive().value_or(Reply()).body, "second");
  EXPECT_EQ(client.receive().value_or(Reply()).body, "ok");
}

TEST(HttpServer, ReadsChunkedBodies) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                  "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "abc0123456789");
  ASSERT_TRUE(client.send(get("/health")));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "ok");
}

TEST(HttpServer, SendsContinueBeforeTheBody) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.receive().value_or(Reply()).status, 100);
  ASSERT_TRUE(client.send("abcd"));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "abcd");
}

TEST(HttpServer, RefusesInsteadOfContinue) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.receive().value_or(Reply()).status, 413);
  EXPECT_TRUE(client.wait_for_close());
}

TEST(HttpServer, AnswersHeadWithoutBody) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto reply = client.receive(5, false);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->headers.at("content-length"), "2");
  ASSERT_TRUE(client.send(get("/health")));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "ok");
  EXPECT_EQ(server.log(1).at(0).bytes, 0);
}

TEST(HttpServer, KeepsTheConnectionAfterRefusingARequestWithoutBody) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/refused")));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 404);
  EXPECT_EQ(reply->headers.at("content-type"), "application/problem+json");
  ASSERT_TRUE(client.send(get("/health")));
  EXPECT_EQ(client.receive().value_or(Reply()).status, 200);
}

TEST(HttpServer, ClosesForHttp10AndOnRequest) {
  TestServer server;
  TestClient old = server.client();
  ASSERT_TRUE(old.send("GET /health HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(old.receive().value_or(Reply()).body, "ok");
  EXPECT_TRUE(old.wait_for_close());
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/health", "Connection: close\r\n")));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "ok");
  EXPECT_TRUE(client.wait_for_close());
}

TEST(HttpServer, AddsCommonHeadersToAllResponses) {
  HttpOptions options;
  options.common_headers = [](const HttpRequest&) {
    return NamedValues{{"X-Content-Type-Options", "nosniff"}};
  };
  TestServer server(std::move(options));
  for (const std::string& request :
       {get("/health"), get("/refused"), get("/drop"),
        post("/echo", std::string(kMaxBody + 1, 'x')),
        std::string(
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30000\r\n") +
            std::string(0x30000, 'x'),
        std::string("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")}) {
    TestClient client = server.client();
    client.send(request);
    const auto reply = client.receive();
    ASSERT_TRUE(reply) << request.substr(0, 80);
    EXPECT_EQ(reply->headers.count("x-content-type-options"), 1u) << request.substr(0, 80);
  }
}

TEST(HttpServer, SendsLargeSharedBodies) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/large")));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body.size(), size_t{32} << 20);
}

TEST(HttpServer, BoundsTheAnswersThatClientsDoNotRead) {
  HttpOptions options;
  options.max_pending_answer_bytes = 40 << 20;  // one of /large
  TestServer server(options);
  TestClient slow = server.client(4096);
  ASSERT_TRUE(slow.send(get("/large")));
  TestClient client = server.client();
  std::optional<Reply> reply;
  for (int i = 0; i < 50 && !(reply && reply->status == 503); ++i) {
    ASSERT_TRUE(client.send(get("/large")));
    reply = client.receive();
    ASSERT_TRUE(reply);
  }
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->headers["retry-after"], "1");
  ASSERT_TRUE(client.send(get("/health")));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "ok");
  slow.leave();
  for (int i = 0; i < 500 && reply->status == 503; ++i) {
    ASSERT_TRUE(client.send(get("/large")));
    reply = client.receive();
    ASSERT_TRUE(reply);
  }
  EXPECT_EQ(reply->status, 200);
}

TEST(HttpServer, SendsNoContent) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/none") + get("/health")));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 204);
  EXPECT_EQ(reply->headers.count("content-type"), 0u);
  EXPECT_EQ(client.receive().value_or(Reply()).body, "ok");
}

TEST(HttpServer, LogsAnswersAndRefusals) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/health?a=b") + get("/refused") + post("/none", "x")));
  const auto log = server.log(3);
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[0].target, "/health?a=b");
  EXPECT_EQ(log[0].status, 200);
  EXPECT_EQ(log[0].bytes, 2);
  EXPECT_EQ(log[1].status, 404);
  EXPECT_EQ(log[2].status, 413);
}

TEST(HttpServer, ReportsAddressAndPortThatCannotBeUsed) {
  TestServer server;
  HttpOptions options;
  options.port = server->port();
  expect_error(ErrorCode::io, "127.0.0.1 port " + std::to_string(server->port()),
               [&] { HttpServer other(options); });
  options.address = "localhost";
  expect_error(ErrorCode::invalid_argument, "localhost", [&] { HttpServer other(options); });
  options.address = "127.0.0.1";
  options.max_connections = 0;
  expect_error(ErrorCode::invalid_argument, "limits", [&] { HttpServer other(options); });
}

TEST(HttpServer, ListensAtIpv6) {
  HttpOptions options;
  options.address = "::1";
  try {
    HttpServer server(options);
    EXPECT_NE(server.port(), 0);
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
}

}  // namespace
}  // namespace sightline::server::test

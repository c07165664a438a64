// Clients that are slow, many or too large. Each is refused, and /health stays reachable.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "server/http/http_server.h"
#include "server_fixture.h"

namespace sightline::server::test {
namespace {

using namespace std::chrono_literals;

// Sends the bytes one by one, every 20 ms, until the server closes the connection. Returns the
// status it sent before: 0 if none.
int drip(TestClient& client, const std::string& bytes) {
  for (const char byte : bytes) {
    if (!client.send({&byte, 1}) || client.wait_for_close(0.02)) break;
  }
  return client.receive(0.01).value_or(Reply()).status;
}

HttpOptions short_timeouts() {
  HttpOptions options;
  options.header_timeout_s = options.body_timeout_s = options.write_timeout_s = 0.3;
  options.idle_timeout_s = 0.3;
  options.min_bytes_per_s = 1e9;
  return options;
}

const std::string kFiller(2000, 'x');  // 40 s at the pace of drip()

TEST(SlowClient, OfTheRequestLineIsClosed) {
  TestServer server(short_timeouts());
  TestClient client = server.client();
  EXPECT_EQ(drip(client, "GET /" + kFiller), 0);
  EXPECT_TRUE(client.wait_for_close(0.1));
  EXPECT_EQ(server->counts().timeouts, 1);
}

TEST(SlowClient, OfTheHeadersReceives408) {
  TestServer server(short_timeouts());
  TestClient client = server.client();
  ASSERT_TRUE(client.send("GET /health HTTP/1.1\r\nHost: a\r\n"));
  EXPECT_EQ(drip(client, "X-Filler: " + kFiller), 408);
  EXPECT_EQ(server->counts().timeouts, 1);
  EXPECT_TRUE(is_healthy(server));
}

TEST(SlowClient, OfLaterHeadersReceives408) {
  HttpOptions options = short_timeouts();
  options.idle_timeout_s = 30;
  TestServer server(std::move(options));
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/health")));
  ASSERT_TRUE(client.receive());
  ASSERT_TRUE(client.send("GET /health HTTP/1.1\r\nHost: a\r\n"));
  EXPECT_EQ(drip(client, "X-Filler: " + kFiller), 408);
}

TEST(SlowClient, OfTheBodyReceives408) {
  TestServer server(short_timeouts());
  TestClient client = server.client();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n"));
  EXPECT_EQ(drip(client, kFiller), 408);
  const auto log = server.log(1);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].status, 408);
}

TEST(SlowClient, OfChunksReceives408) {
  TestServer server(short_timeouts());
  TestClient client = server.client();
  ASSERT_TRUE(
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"));
  EXPECT_EQ(drip(client, kFiller), 408);
}

TEST(SlowClient, ThatSendsNothingIsClosed) {
  TestServer server(short_timeouts());
  TestClient client = server.client();
  EXPECT_TRUE(client.wait_for_close());
  TestClient idle = server.client();
  ASSERT_TRUE(idle.send(get("/health")));
  ASSERT_TRUE(idle.receive());
  EXPECT_TRUE(idle.wait_for_close());
  EXPECT_EQ(server->counts().timeouts, 1);  // of the first; idle connections are closed as agreed
}

TEST(SlowClient, ThatDoesNotReadItsAnswerIsClosed) {
  TestServer server(short_timeouts());
  TestClient client = server.client(4096);
  ASSERT_TRUE(client.send(get("/large")));
  const auto log = server.log(1);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].status, 499);
  EXPECT_EQ(server->counts().timeouts, 1);
  EXPECT_TRUE(is_healthy(server));
}

TEST(SlowClient, HasMoreTimeForALargeBodyAtTheMinimumRate) {
  HttpOptions options = short_timeouts();
  options.min_bytes_per_s = 100;
  TestServer server(std::move(options));
  TestClient client = server.client();
  const std::string request = post("/echo", std::string(1000, 'x'));
  ASSERT_TRUE(client.send(request.substr(0, request.size() - 1)));
  std::this_thread::sleep_for(600ms);
  ASSERT_TRUE(client.send("x"));
  EXPECT_EQ(client.receive().value_or(Reply()).status, 200);
}

TEST(SlowClient, DoesNotLimitTheTimeOfHandling) {
  TestServer server(short_timeouts());
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/wait")));
  const auto exchange = server.next_waiting();
  ASSERT_TRUE(exchange);
  std::this_thread::sleep_for(500ms);
  exchange->respond(text_response("late"));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "late");
}

TEST(ManyClients, LeaveHealthReachable) {
  TestServer server;
  std::vector<TestClient> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(server.client());
    const bool sends = i % 2 == 0;
    ASSERT_TRUE(!sends || clients.back().send("GET /health HTTP/1.1\r\nX: "));
  }
  EXPECT_TRUE(is_healthy(server));
}

TEST(ManyClients, BeyondTheLimitReplaceThoseThatWaitedLongest) {
  HttpOptions options;
  options.max_connections = 10;
  TestServer server(std::move(options));
  TestClient working = server.client();
  ASSERT_TRUE(working.send(get("/wait")));
  const auto exchange = server.next_waiting();
  ASSERT_TRUE(exchange);
  std::vector<TestClient> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(server.client());
    EXPECT_TRUE(i % 50 != 0 || is_healthy(server)) << i;
  }
  EXPECT_TRUE(clients[0].wait_for_close());
  EXPECT_TRUE(is_healthy(server));
  EXPECT_GE(server->counts().refused, 290);
  exchange->respond(text_response("still served"));
  EXPECT_EQ(working.receive().value_or(Reply()).body, "still served");
}

TEST(ManyClients, AreRefusedIfAllOthersWork) {
  HttpOptions options;
  options.max_connections = 2;
  TestServer server(std::move(options));
  TestClient first = server.client(), second = server.client();
  ASSERT_TRUE(first.send(get("/wait")));
  ASSERT_TRUE(second.send(get("/wait")));
  const auto a = server.next_waiting(), b = server.next_waiting();
  ASSERT_TRUE(a && b);
  TestClient third = server.client();
  EXPECT_TRUE(third.wait_for_close());
  a->respond(text_response("a"));
  b->respond(text_response("b"));
  EXPECT_EQ(first.receive().value_or(Reply()).status, 200);
  EXPECT_EQ(second.receive().value_or(Reply()).status, 200);
}

TEST(ManyClients, ShareTheMemoryForBodies) {
  HttpOptions options;
  options.max_pending_body_bytes = 150'000;
  TestServer server(std::move(options));
  TestClient first = server.client(), second = server.client();
  ASSERT_TRUE(first.send(post("/wait", std::string(kMaxBody, 'a'))));
  const auto exchange = server.next_waiting();
  ASSERT_TRUE(exchange);
  second.send(post("/echo", std::string(kMaxBody, 'b')));
  const auto reply = second.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->headers.at("retry-after"), "1");
  TestClient chunked = server.client();
  chunked.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFF\r\n" +
               std::string(0xFFFF, 'c'));
  EXPECT_EQ(chunked.receive().value_or(Reply()).status, 503);
  exchange->respond(text_response("done"));
  EXPECT_EQ(first.receive().value_or(Reply()).status, 200);
}

TEST(ManyClients, GetTheMemoryForBodiesBack) {
  HttpOptions options;
  options.max_pending_body_bytes = 150'000;
  TestServer server(std::move(options));
  for (int i = 0; i < 5; ++i) {
    TestClient client = server.client();
    ASSERT_TRUE(client.send(post("/echo", std::string(kMaxBody, 'a'))));
    EXPECT_EQ(client.receive().value_or(Reply()).status, 200) << i;
  }
}

// The client receives the answer although it sends much more, which must not reset the connection.
TEST(LargeRequest, IsRefusedByItsLength) {
  TestServer server;
  TestClient client = server.client();
  const std::string part(1 << 20, 'x');
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n"));
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(client.send(part));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413);
  EXPECT_EQ(reply->headers.at("content-type"), "application/problem+json");
  EXPECT_NE(reply->body.find("100000 bytes"), std::string::npos) << reply->body;
}

TEST(LargeRequest, IsRefusedByTheReceivedBytes) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFF\r\n"));
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(client.send(std::string(1 << 20, 'x')));
  const auto reply = client.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413);
  EXPECT_TRUE(is_healthy(server));
}

TEST(LargeRequest, AtTheLimitIsAccepted) {
  TestServer server;
  for (const std::string& request :
       {post("/echo", std::string(kMaxBody, 'x')),
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186A0\r\n" +
            std::string(kMaxBody, 'x') + "\r\n0\r\n\r\n"}) {
    TestClient client = server.client();
    ASSERT_TRUE(client.send(request));
    EXPECT_EQ(client.receive().value_or(Reply()).body.size(), size_t{kMaxBody});
  }
}

TEST(LargeRequest, BodyIsRefusedIfNoneIsAccepted) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(post("/health", "x")));
  EXPECT_EQ(client.receive().value_or(Reply()).status, 413);
}

TEST(LargeHead, IsRefused) {
  TestServer server;
  struct Case {
    std::string request;
    int status;
  };
  const std::string many = [] {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "X" + std::to_string(i) + ": y\r\n";
    return text;
  }();
  for (const Case& example :
       {Case{get("/health", "X: " + std::string(33'000, 'x') + "\r\n"), 431},
        Case{get("/health", "X: " + std::string(1 << 20, 'x') + "\r\n"), 431},
        Case{get("/health", many), 431}, Case{get("/" + std::string(1 << 20, 'x')), 414},
        Case{get("/health?" + std::string(40'000, '&')), 431}}) {
    TestClient client = server.client();
    client.send(example.request);
    const auto reply = client.receive();
    ASSERT_TRUE(reply) << example.request.substr(0, 60);
    EXPECT_EQ(reply->status, example.status) << example.request.substr(0, 60);
    EXPECT_TRUE(client.wait_for_close());
  }
  EXPECT_TRUE(is_healthy(server));
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/health", "X: " + std::string(32'000, 'x') + "\r\n")));
  EXPECT_EQ(client.receive().value_or(Reply()).status, 200);
}

// Their records need more memory than the connection has.
TEST(LargeHead, HasManyParametersOrCookies) {
  TestServer server(short_timeouts());
  std::string cookies;
  for (int i = 0; i < 15'000; ++i) cookies += "a;";
  TestClient parameters = server.client();
  ASSERT_TRUE(parameters.send(get("/health?" + std::string(32'000, '&'))));
  EXPECT_EQ(parameters.receive().value_or(Reply()).status, 200);
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/health", "Cookie: " + cookies + "\r\n")));
  EXPECT_EQ(client.receive().value_or(Reply()).status, 431);
  EXPECT_TRUE(client.wait_for_close());
  EXPECT_TRUE(is_healthy(server));
}

}  // namespace
}  // namespace sightline::server::test

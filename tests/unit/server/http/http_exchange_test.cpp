// Answers from other threads, missing answers, clients that leave, and stopping.
#include "server/http/http_exchange.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "server_fixture.h"

namespace sightline::server::test {
namespace {

using namespace std::chrono_literals;

bool becomes_abandoned(const HttpExchange& exchange) {
  for (int i = 0; i < 500 && !exchange.abandoned(); ++i) std::this_thread::sleep_for(10ms);
  return exchange.abandoned();
}

TEST(HttpExchange, IsAnsweredByAnotherThread) {
  TestServer server;
  std::vector<TestClient> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(server.client());
    ASSERT_TRUE(clients.back().send(post("/wait", std::to_string(i))));
  }
  std::thread worker([&] {
    for (int i = 0; i < 20; ++i) {
      const auto exchange = server.next_waiting();
      if (exchange) exchange->respond(text_response("answer to " + exchange->request().body));
    }
  });
  worker.join();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(clients[static_cast<size_t>(i)].receive().value_or(Reply()).body,
              "answer to " + std::to_string(i));
  }
}

TEST(HttpExchange, SendsOnlyTheFirstAnswer) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/wait") + get("/health")));
  const auto exchange = server.next_waiting();
  ASSERT_TRUE(exchange);
  exchange->respond(text_response("first"));
  exchange->respond(text_response("second"));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "first");
  EXPECT_EQ(client.receive().value_or(Reply()).body, "ok");
}

TEST(HttpExchange, AnswersItselfIfItIsDropped) {
  TestServer server;
  for (const char* target : {"/drop", "/throw", "/admit_throws"}) {
    TestClient client = server.client();
    ASSERT_TRUE(client.send(get(target)));
    const auto reply = client.receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 500);
    EXPECT_EQ(reply->headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(reply->body.find("secret"), std::string::npos);
  }
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/wait")));
  ASSERT_TRUE(server.next_waiting());  // and released by another thread than the server's
  EXPECT_EQ(client.receive().value_or(Reply()).status, 500);
}

TEST(HttpExchange, NoticesThatTheClientLeft) {
  TestServer server;
  TestClient client = server.client();
  ASSERT_TRUE(client.send(get("/wait")));
  const auto exchange = server.next_waiting();
  ASSERT_TRUE(exchange);
  EXPECT_FALSE(exchange->abandoned());
  client.leave();
  EXPECT_TRUE(becomes_abandoned(*exchange));
  const auto log = server.log(1);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].status, 499);
  exchange->respond(text_response("too late"));
  for (int i = 0; i < 500 && server->counts().open > 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(server->counts().open, 0);
}

TEST(HttpExchange, SurvivesTheServer) {
  std::shared_ptr<HttpExchange> exchange;
  {
    TestServer server;
    TestClient client = server.client();
    ASSERT_TRUE(client.send(post("/wait", "body")));
    exchange = server.next_waiting();
  }
  ASSERT_TRUE(exchange);
  EXPECT_TRUE(exchange->abandoned());
  EXPECT_EQ(exchange->request().body, "body");
  exchange->respond(text_response("too late"));
}

TEST(HttpServerStop, FinishesAcceptedRequests) {
  TestServer server;
  TestClient client = server.client(), idle = server.client(), uploading = server.client();
  ASSERT_TRUE(idle.send(get("/health")));
  ASSERT_TRUE(idle.receive());
  ASSERT_TRUE(client.send(get("/wait")));
  const std::string upload = post("/echo", "body");
  ASSERT_TRUE(uploading.send(upload.substr(0, upload.size() - 2)));
  const auto exchange = server.next_waiting();
  ASSERT_TRUE(exchange);
  while (server->counts().requests < 3) std::this_thread::sleep_for(1ms);
  std::thread stopping([&] { server->stop(10); });
  EXPECT_TRUE(idle.wait_for_close());
  ASSERT_TRUE(uploading.send(upload.substr(upload.size() - 2)));
  const auto uploaded = uploading.receive();
  ASSERT_TRUE(uploaded);
  EXPECT_EQ(uploaded->body, "body");
  EXPECT_EQ(uploaded->headers.at("connection"), "close");
  EXPECT_FALSE(server.client().send(get("/health")));
  EXPECT_FALSE(exchange->abandoned());
  exchange->respond(text_response("finished"));
  EXPECT_EQ(client.receive().value_or(Reply()).body, "finished");
  stopping.join();
  EXPECT_EQ(server->counts().open, 0);
}

// Each answer that the server has sent arrives, whenever it is stopped.
TEST(HttpServerStop, LosesNoAnswerUnderLoad) {
  for (int round = 0; round < 10; ++round) {
    TestServer server;
    std::atomic<size_t> replies{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (bool open = true; open;) {
          TestClient client = server.client();
          open = client.send(get("/health"));
          while (client.receive()) {
            ++replies;
            client.send(get("/health"));
          }
        }
      });
    }
    server.log(50);
    server->stop(10);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(server->counts().open, 0);
    EXPECT_EQ(server.log(replies).size(), replies);
  }
}

TEST(HttpServerStop, ClosesWhatIsNotFinishedInTime) {
  TestServer server;
  TestClient client = server.client(), slow = server.client();
  ASSERT_TRUE(client.send(get("/wait")));
  ASSERT_TRUE(slow.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"));
  const auto exchange = server.next_waiting();
  ASSERT_TRUE(exchange);
  server->stop(0.2);
  EXPECT_TRUE(exchange->abandoned());
  EXPECT_TRUE(client.wait_for_close());
  EXPECT_TRUE(slow.wait_for_close());
  server->stop(0.2);
}

}  // namespace
}  // namespace sightline::server::test

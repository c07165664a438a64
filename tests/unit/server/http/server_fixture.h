// A server for tests: echoes requests, and hands over those to /wait.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/http/http_server.h"
#include "test_client.h"

namespace sightline::server::test {

inline constexpr std::int64_t kMaxBody = 100'000;

struct LogEntry {
  std::string target;
  int status;
  std::int64_t bytes;
};

// Routes: /health; /echo returns the body; /describe the request as text; /large and /own_large 32
// MiB; /wait keeps the exchange; /drop and /throw do not answer; /refused is refused with 404 at
// its head; others with a body limit of 0.
class TestServer {
 public:
  explicit TestServer(HttpOptions options = {});

  HttpServer& operator*() { return server_; }
  HttpServer* operator->() { return &server_; }
  TestClient client(int receive_buffer = 0) { return TestClient(server_.port(), receive_buffer); }

  // Waits for the exchange of a request to /wait; null after 5 s.
  std::shared_ptr<HttpExchange> next_waiting();
  // Waits until `count` responses are logged, at most 5 s.
  std::vector<LogEntry> log(size_t count);

 private:
  HttpOptions completed(HttpOptions options);
  void handle(std::shared_ptr<HttpExchange> exchange);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<HttpExchange>> waiting_;
  std::vector<LogEntry> log_;
  HttpServer server_;
};

std::string get(const std::string& target, const std::string& headers = "");
std::string post(const std::string& target, const std::string& body,
                 const std::string& headers = "");
HttpResponse text_response(std::string body);

// Whether /health answers on a new connection.
bool is_healthy(TestServer& server);

}  // namespace sightline::server::test

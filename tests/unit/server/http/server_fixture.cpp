#include "server_fixture.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "server/http/problem.h"

namespace sightline::server::test {
namespace {

using namespace std::chrono_literals;

std::variant<std::int64_t, HttpResponse> admit(const HttpRequest& head) {
  if (head.path == "/refused") return problem(404, "", "There is no such page.");
  if (head.path == "/admit_throws") throw std::runtime_error("secret");
  return head.path == "/echo" || head.path == "/wait" ? kMaxBody : 0;
}

std::string description(const HttpRequest& request) {
  std::string text = request.method + ' ' + request.path + '\n';
  for (const auto& [name, value] : request.parameters)
    text += "parameter " + name + '=' + value + '\n';
  for (const auto& [name, value] : request.headers) text += "header " + name + '=' + value + '\n';
  return text + "peer " + request.peer + '\n';
}

}  // namespace

HttpResponse text_response(std::string body) {
  return {.type = "text/plain", .body = std::move(body)};
}

std::string get(const std::string& target, const std::string& headers) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

std::string post(const std::string& target, const std::string& body, const std::string& headers) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

TestServer::TestServer(HttpOptions options) : server_(completed(std::move(options))) {}

HttpOptions TestServer::completed(HttpOptions options) {
  options.admit = admit;
  options.handle = [this](std::shared_ptr<HttpExchange> exchange) { handle(std::move(exchange)); };
  options.log = [this](const HttpRequest& request, int status, std::int64_t bytes, double) {
    const std::lock_guard lock(mutex_);
    log_.push_back({request.target, status, bytes});
    changed_.notify_all();
  };
  return options;
}

void TestServer::handle(std::shared_ptr<HttpExchange> exchange) {
  static const auto large = std::make_shared<const std::string>(32 << 20, 'x');
  const HttpRequest& request = exchange->request();
  if (request.path == "/health") return exchange->respond(text_response("ok"));
  if (request.path == "/echo") return exchange->respond(text_response(request.body));
  if (request.path == "/describe") return exchange->respond(text_response(description(request)));
  if (request.path == "/large")
    return exchange->respond({.type = "text/plain", .shared_body = large});
  if (request.path == "/own_large") return exchange->respond(text_response(*large));
  if (request.path == "/none") return exchange->respond({.status = 204, .type = ""});
  if (request.path == "/throw") throw std::runtime_error("secret");
  if (request.path == "/drop") return;
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(exchange));
  changed_.notify_all();
}

std::shared_ptr<HttpExchange> TestServer::next_waiting() {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, 5s, [this] { return !waiting_.empty(); })) return nullptr;
  auto exchange = std::move(waiting_.front());
  waiting_.erase(waiting_.begin());
  return exchange;
}

std::vector<LogEntry> TestServer::log(size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, 5s, [&] { return log_.size() >= count; });
  return log_;
}

bool is_healthy(TestServer& server) {
  TestClient client = server.client();
  return client.send(get("/health", "Connection: close\r\n")) &&
         client.receive().value_or(Reply()).status == 200;
}

}  // namespace sightline::server::test

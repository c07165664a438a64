#include "test_client.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/text.h"

namespace sightline::server::test {

TestClient::TestClient(std::uint16_t port, int receive_buffer) {
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0)
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) leave();
}

TestClient::~TestClient() {
  leave();
}

TestClient::TestClient(TestClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

void TestClient::leave() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

void TestClient::end_sending() {
  shutdown(socket_, SHUT_WR);
}

bool TestClient::send(std::string_view bytes) {
  if (socket_ < 0) return false;
  while (!bytes.empty()) {
    pollfd polled{socket_, POLLOUT, 0};
    if (poll(&polled, 1, 5000) <= 0) return false;
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool TestClient::read_more(double seconds) {
  if (socket_ < 0) return false;
  pollfd polled{socket_, POLLIN, 0};
  if (poll(&polled, 1, static_cast<int>(seconds * 1000)) <= 0) return false;
  std::array<char, 65536> buffer;
  const ssize_t bytes = recv(socket_, buffer.data(), buffer.size(), 0);
  if (bytes <= 0) return false;
  received_.append(buffer.data(), static_cast<size_t>(bytes));
  return true;
}

std::optional<Reply> TestClient::receive(double seconds, bool has_body) {
  size_t end;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more(seconds)) return std::nullopt;
  }
  Reply reply;
  const std::vector<std::string> lines = split_lines(received_.substr(0, end));
  received_.erase(0, end + 4);
  reply.status = std::stoi(lines.at(0).substr(9));
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(':');
    reply.headers[lower(lines[i].substr(0, colon))] =
        trimmed(std::string_view(lines[i]).substr(colon + 1));
  }
  const auto length = reply.headers.find("content-length");
  const size_t size = has_body && length != reply.headers.end() ? std::stoul(length->second) : 0;
  while (received_.size() < size) {
    if (!read_more(seconds)) return std::nullopt;
  }
  reply.body = received_.substr(0, size);
  received_.erase(0, size);
  return reply;
}

bool TestClient::wait_for_close(double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    const std::chrono::duration<double> left = end - std::chrono::steady_clock::now();
    pollfd polled{socket_, POLLIN, 0};
    if (left.count() <= 0 || poll(&polled, 1, static_cast<int>(left.count() * 1000) + 1) <= 0)
      return false;
    std::array<char, 4096> buffer;
    const ssize_t bytes = recv(socket_, buffer.data(), buffer.size(), 0);
    if (bytes <= 0) return true;
    received_.append(buffer.data(), static_cast<size_t>(bytes));
  }
}

}  // namespace sightline::server::test

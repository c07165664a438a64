// A plain TCP client that sends bytes as a test says and parses responses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sightline::server::test {

struct Reply {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class TestClient {
 public:
  // Connects to 127.0.0.1. `receive_buffer`: bytes of the socket's buffer, 0: the system's default.
  explicit TestClient(std::uint16_t port, int receive_buffer = 0);
  ~TestClient();
  TestClient(TestClient&& other) noexcept;
  TestClient& operator=(TestClient&&) = delete;

  // Returns whether everything was accepted.
  bool send(std::string_view bytes);
  // Returns the next response, or nothing if the connection ends or `seconds` pass before it is
  // complete. `has_body`: false for answers to HEAD.
  std::optional<Reply> receive(double seconds = 5, bool has_body = true);
  // Waits until the server closes the connection. Returns whether it did.
  bool wait_for_close(double seconds = 5);
  // Closes the connection.
  void leave();
  void end_sending();

 private:
  bool read_more(double seconds);

  int socket_ = -1;
  std::string received_;
};

}  // namespace sightline::server::test

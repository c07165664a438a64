// Opens listening sockets.
#pragma once

#include <cstdint>
#include <string>

namespace sightline::server {

struct ListeningSocket {
  int descriptor = -1;  // non-blocking; owned by the caller
  std::uint16_t port = 0;
};

// Listens at a numeric IPv4 or IPv6 address; port 0: any free port. Throws invalid_argument if
// `address` is not numeric, and io, with address and port, if listening fails.
ListeningSocket listen_at(const std::string& address, std::uint16_t port);

// Connects to a listening socket and leaves, so that accept() returns. Does not wait and ignores
// errors.
void poke(int descriptor);

}  // namespace sightline::server

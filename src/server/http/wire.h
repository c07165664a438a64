// Conversions between libmicrohttpd and the types of this layer.
#pragma once

#include <string>

#include "server/http/http_message.h"

struct MHD_Connection;

namespace sightline::server {

// Sets the method and headers of a request from a connection whose head is complete. Returns
// whether all lines of the head end with CR LF, none continues the one before, and none contains
// NUL.
//   method: libmicrohttpd's pointer
bool read_head(MHD_Connection* connection, const char* method, HttpRequest& request);

// Adds the headers that `response` lacks.
void add_headers(const NamedValues& headers, HttpResponse& response);

// Queues a response. The connection is closed after it if `close`. Returns whether libmicrohttpd
// accepted it.
bool queue_response(MHD_Connection* connection, HttpResponse response, bool close);

// Writes a response to a socket, for when libmicrohttpd accepts none: while a body is received.
// Writes what fits into the socket's buffer.
void send_response(int socket, const HttpResponse& response);

// Returns the numeric address of a connection's client, "" if unknown.
std::string peer_address(MHD_Connection* connection);

}  // namespace sightline::server

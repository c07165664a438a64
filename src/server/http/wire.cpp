#include "server/http/wire.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "server/http/problem.h"

namespace sightline::server {
namespace {

struct HeadReader {
  HttpRequest* request;
  const char* first = nullptr;  // name of the first header
  bool in_order = true;         // each name follows the value before
  const char* end = nullptr;    // of the latest value
};

MHD_Result add_header(void* context, MHD_ValueKind, const char* name, size_t name_size,
                      const char* value, size_t value_size) {
  HeadReader& reader = *static_cast<HeadReader*>(context);
  if (!reader.first) reader.first = name;
  const std::string_view text = value ? std::string_view(value, value_size) : std::string_view();
  reader.in_order = reader.in_order && value && name > reader.end && value > name;
  reader.end = value + value_size;
  reader.request->headers.emplace_back(lower({name, name_size}), trimmed(text, " \t"));
  return MHD_YES;
}

#if MHD_VERSION < 0x01000000
// libmicrohttpd before 1.0 parses a head in place: it writes NUL over each ':' and the CR and LF of
// each line. So the bytes of the headers have three NULs for each header and two for the empty
// line. Fewer: a line ends with LF only. More: a header contained NUL, behind which its value was
// cut off.
bool has_strict_lines(MHD_Connection* connection, const char* method, const HeadReader& reader) {
  if (!reader.first) return true;
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  const char* const end = info ? method + info->header_size : nullptr;
  if (!reader.in_order || reader.first < method || reader.end >= end) return false;
  return std::count(reader.first, end, '\0') ==
         static_cast<std::ptrdiff_t>(3 * reader.request->headers.size() + 2);
}
#else
bool has_strict_lines(MHD_Connection*, const char*, const HeadReader&) {
  return true;  // libmicrohttpd checks it
}
#endif

void release_body(void* holder) {
  delete static_cast<std::shared_ptr<const std::string>*>(holder);
}

MHD_Response* create_response(HttpResponse& response) {
  const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  std::shared_ptr<const std::string> body =
      bodiless               ? std::make_shared<const std::string>()
      : response.shared_body ? std::move(response.shared_body)
                             : std::make_shared<const std::string>(std::move(response.body));
  auto holder = std::make_unique<std::shared_ptr<const std::string>>(body);
  MHD_Response* const created = MHD_create_response_from_buffer_with_free_callback_cls(
      body->size(), const_cast<char*>(body->data()), &release_body, holder.get());
  if (created) holder.release();
  return created;
}

}  // namespace

bool read_head(MHD_Connection* connection, const char* method, HttpRequest& request) {
  request.method = method;
  HeadReader reader{&request};
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &add_header, &reader);
  return has_strict_lines(connection, method, reader);
}

void add_headers(const NamedValues& headers, HttpResponse& response) {
  for (const auto& [name, value] : headers) {
    const bool present = std::any_of(
        response.headers.begin(), response.headers.end(),
        [&, &wanted = name](const auto& header) { return lower(header.first) == lower(wanted); });
    if (!present) response.headers.emplace_back(name, value);
  }
}

bool queue_response(MHD_Connection* connection, HttpResponse response, bool close) {
  MHD_Response* const created = create_response(response);
  if (!created) return false;
  if (!response.type.empty())
    MHD_add_response_header(created, "Content-Type", response.type.c_str());
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(created, name.c_str(), value.c_str());
  }
  if (close) MHD_add_response_header(created, "Connection", "close");
  const bool queued =
      MHD_queue_response(connection, static_cast<unsigned>(response.status), created) == MHD_YES;
  MHD_destroy_response(created);
  return queued;
}

void send_response(int socket, const HttpResponse& response) {
  const std::string& body = response.content();
  std::string text =
      message("HTTP/1.1 ", response.status, ' ', status_title(response.status), "\r\n");
  text += message("Content-Type: ", response.type, "\r\nContent-Length: ", body.size(), "\r\n");
  for (const auto& [name, value] : response.headers) text += message(name, ": ", value, "\r\n");
  text += "Connection: close\r\n\r\n" + body;
  // The client may have left, which the closing of the connection does not depend on.
  [[maybe_unused]] const ssize_t sent =
      send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::string peer_address(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (!info || !info->client_addr) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const sockaddr* const address = info->client_addr;
  if (address->sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(),
              text.size());
  } else if (address->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text.data(),
              text.size());
  }
  const std::string_view mapped = "::ffff:";
  const std::string found = text.data();
  const bool is_mapped = found.starts_with(mapped) && found.find('.') != std::string::npos;
  return is_mapped ? found.substr(mapped.size()) : found;
}

}  // namespace sightline::server

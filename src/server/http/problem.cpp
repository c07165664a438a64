#include "server/http/problem.h"

namespace sightline::server {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::limit_exceeded:
      return 413;
    case ErrorCode::invalid_data:
    case ErrorCode::unsupported:
      return 422;
    case ErrorCode::cancelled:
    case ErrorCode::io:
      return 503;
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

std::string status_title(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

HttpResponse problem(int status, const std::string& title, const std::string& detail,
                     const nlohmann::json& members) {
  nlohmann::ordered_json document = {{"type", "about:blank"},
                                     {"title", title.empty() ? status_title(status) : title},
                                     {"status", status},
                                     {"detail", detail}};
  for (const auto& [name, value] : members.items()) document[name] = value;
  HttpResponse response;
  response.status = status;
  response.type = "application/problem+json";
  // Details may quote a client's bytes, which need not be UTF-8.
  response.body = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return response;
}

HttpResponse problem_of(const Error& error) {
  const int status = http_status(error.code());
  const char* hidden =
      error.code() == ErrorCode::io
          ? "The server cannot read or write its files at present; its log has the reason."
      : status == 500
          ? "The request failed because of an internal error; the server's log says which."
          : nullptr;
  return problem(status, "", hidden ? hidden : error.what());
}

}  // namespace sightline::server

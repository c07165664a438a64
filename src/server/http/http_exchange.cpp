#include "server/http/http_exchange.h"

#include <utility>

#include "server/http/problem.h"

namespace sightline::server {

HttpExchange::HttpExchange(std::shared_ptr<const HttpRequest> request,
                           std::function<void(HttpResponse)> deliver,
                           std::function<bool()> abandoned)
    : request_(std::move(request)),
      deliver_(std::move(deliver)),
      abandoned_(std::move(abandoned)) {}

HttpExchange::~HttpExchange() {
  if (responded_) return;
  try {
    respond(problem(500, "", "The request was not answered because of an internal error."));
  } catch (...) {  // out of memory: the connection stays open until the client leaves
  }
}

void HttpExchange::respond(HttpResponse response) {
  if (!responded_.exchange(true)) deliver_(std::move(response));
}

bool HttpExchange::abandoned() const {
  return abandoned_ && abandoned_();
}

}  // namespace sightline::server

#include "server/access_log.h"

#include <cmath>
#include <ctime>

#include "base/json.h"
#include "base/time_text.h"

namespace sightline::server {

std::string access_log_line(const HttpRequest& request, const std::string& route, int status,
                            int64_t bytes, double seconds, bool queries) {
  Json json = {{"time", utc_text(std::time(nullptr))},
               {"peer", request.peer},
               {"method", request.method},
               {"route", route},
               {"status", status},
               {"bytes", bytes},
               {"ms", std::round(seconds * 1e5) / 1e2}};
  if (queries) json["target"] = request.target;
  return json_text(json);
}

}  // namespace sightline::server

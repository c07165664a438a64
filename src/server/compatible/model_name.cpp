#include "server/compatible/model_name.h"

#include <sightline/error.h>

namespace sightline::server {

std::string model_name(Service& service, const std::string& text) {
  try {
    service.library().library().model(text);
    return text;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return "";
  }
}

}  // namespace sightline::server

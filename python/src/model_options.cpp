#include "model_options.h"

#include <sightline/error.h>

namespace sightline::python {

std::optional<Precision> optional_precision(const std::string& name) {
  if (name == "auto") return std::nullopt;
  return parse_precision(name);
}

ModelOptions model_options(const std::string& precision, const std::string& backend,
                           const std::string& device, const std::string& orientation,
                           const std::string& decode, const std::optional<std::string>& resize) {
  ModelOptions options;
  options.precision = optional_precision(precision);
  options.backend = parse_backend(backend);
  options.device = parse_device(device);
  if (orientation != "upright" && orientation != "stored") {
    throw Error(ErrorCode::invalid_argument, "orientation '", orientation,
                "', expected 'upright' or 'stored'");
  }
  if (decode != "exact" && decode != "fast") {
    throw Error(ErrorCode::invalid_argument, "decode '", decode, "', expected 'exact' or 'fast'");
  }
  options.orientation =
      orientation == "stored" ? OrientationProfile::stored : OrientationProfile::upright;
  options.decode = decode == "fast" ? DecodeProfile::fast : DecodeProfile::exact;
  if (resize) options.resize = parse_resize(*resize);
  return options;
}

}  // namespace sightline::python

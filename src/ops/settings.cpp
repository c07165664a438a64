#include <sightline/error.h>
#include <sightline/settings.h>

#include <charconv>

namespace sightline {

std::string_view precision_name(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return "fp32";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      return "int8";
  }
  return "";
}

Precision parse_precision(std::string_view name) {
  for (const Precision precision : kPrecisions) {
    if (name == precision_name(precision)) return precision;
  }
  throw Error(ErrorCode::invalid_argument, "unknown precision '", name,
              "', expected fp32, bf16 or int8");
}

std::string_view backend_name(Backend backend) {
  switch (backend) {
    case Backend::cpu:
      return "cpu";
    case Backend::torch:
      return "torch";
  }
  return "";
}

Backend parse_backend(std::string_view name) {
  for (const Backend backend : kBackends) {
    if (name == backend_name(backend)) return backend;
  }
  throw Error(ErrorCode::invalid_argument, "unknown backend '", name, "', expected cpu or torch");
}

std::string device_name(const Device& device) {
  return device.kind == Device::Kind::cpu ? "cpu" : "cuda:" + std::to_string(device.index);
}

Device parse_device(std::string_view name) {
  constexpr std::string_view kPrefix = "cuda:";
  if (name == "cpu") return {};
  if (name == "cuda") return {Device::Kind::cuda, 0};
  if (name.starts_with(kPrefix)) {
    const std::string_view digits = name.substr(kPrefix.size());
    Device device{Device::Kind::cuda, 0};
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, device.index);
    if (!digits.empty() && error == std::errc() && rest == end && device.index >= 0 &&
        device.index < 128) {
      return device;
    }
  }
  throw Error(ErrorCode::invalid_argument, "unknown device '", name,
              "', expected cpu, cuda or cuda:N with N from 0 to 127");
}

std::string computation_name(const Computation& computation) {
  std::string name(backend_name(computation.backend));
  if (computation.device != Device{}) name += " " + device_name(computation.device);
  return name + " " + std::string(precision_name(computation.precision));
}

}  // namespace sightline

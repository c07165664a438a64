#include "model_options.h"

#include <sightline/error.h>

#include <set>
#include <utility>

namespace sightline::cli {
namespace {

constexpr const char* kAuto = "auto";

std::vector<std::string> precision_names(bool with_auto) {
  std::vector<std::string> names;
  for (const Precision precision : kPrecisions) names.emplace_back(precision_name(precision));
  if (with_auto) names.emplace_back(kAuto);
  return names;
}

std::optional<Precision> precision_of(const std::string& name) {
  if (name == kAuto) return std::nullopt;
  return parse_precision(name);
}

std::string name_of(const std::optional<Precision>& precision) {
  return precision ? std::string(precision_name(*precision)) : kAuto;
}

void add_one_precision(CLI::App& command, std::optional<Precision>& precision, bool with_auto,
                       const std::string& help) {
  command
      .add_option_function<std::string>(
          "--precision", [&precision](const std::string& name) { precision = precision_of(name); },
          help)
      ->check(CLI::IsMember(precision_names(with_auto)))
      ->default_str(name_of(precision));
}

}  // namespace

void add_backend_options(CLI::App& command, Backend& backend, Device& device) {
  std::vector<std::string> names;
  for (const Backend known : kBackends) names.emplace_back(backend_name(known));
  command
      .add_option_function<std::string>(
          "--backend", [&backend](const std::string& name) { backend = parse_backend(name); },
          "cpu, or torch if built with libtorch")
      ->check(CLI::IsMember(std::move(names)))
      ->default_str(std::string(backend_name(backend)));
  add_device_option(command, device);
}

void add_device_option(CLI::App& command, Device& device) {
  command
      .add_option_function<std::string>(
          "--device", [&device](const std::string& name) { device = parse_device(name); },
          "cpu; with the torch backend also cuda or cuda:N, if libtorch has CUDA")
      ->type_name("DEVICE")
      ->check([](const std::string& name) -> std::string {
        try {
          parse_device(name);
          return "";
        } catch (const Error& error) {
          return error.what();
        }
      })
      ->default_str(device_name(device));
}

void add_fixed_precision_option(CLI::App& command, std::optional<Precision>& precision) {
  add_one_precision(command, precision, false, "Precision of the computation");
}

void add_precision_option(CLI::App& command, std::optional<Precision>& precision,
                          const std::string& inputs) {
  add_one_precision(command, precision, true,
                    "fp32, bf16, int8, or auto: the fastest whose vectors of the first " + inputs +
                        " keep a cosine of 0.999 to fp32");
}

void add_precisions_option(CLI::App& command, std::vector<std::optional<Precision>>& precisions,
                           bool with_auto) {
  command
      .add_option_function<std::vector<std::string>>(
          "--precision",
          [&precisions](const std::vector<std::string>& names) {
            if (std::set(names.begin(), names.end()).size() != names.size())
              throw Error(ErrorCode::invalid_argument, "--precision has a repeated name");
            precisions.clear();
            for (const std::string& name : names) precisions.push_back(precision_of(name));
          },
          with_auto
              ? "fp32, bf16, int8, auto; several comma-separated precisions are compared"
              : "fp32, bf16, int8; several comma-separated precisions are measured in one run")
      ->delimiter(',')
      ->check(CLI::IsMember(precision_names(with_auto)))
      ->default_str(name_of(precisions.empty() ? Precision::fp32 : precisions.front()));
}

namespace {

// Scripts may still use the names of earlier versions.
std::string current_orientation_name(std::string name) {
  if (name == "search") return "upright";
  if (name == "parity") return "stored";
  return name;
}

}  // namespace

void add_image_options(CLI::App& command, ModelOptions& options) {
  add_image_options(command, options.orientation, options.decode, options.resize);
}

void add_image_options(CLI::App& command, OrientationProfile& orientation, DecodeProfile& decode,
                       std::optional<PreprocessSpec::Resize>& resize) {
  command
      .add_option_function<std::string>(
          "--orientation",
          [&orientation](const std::string& name) {
            orientation =
                name == "stored" ? OrientationProfile::stored : OrientationProfile::upright;
          },
          "Orientation in the image's EXIF or XMP data: upright applies it, stored ignores it, as "
          "PIL.Image.open alone does")
      ->transform(&current_orientation_name)
      ->check(CLI::IsMember({"upright", "stored"}))
      ->default_str(orientation == OrientationProfile::stored ? "stored" : "upright");
  command
      .add_option_function<std::string>(
          "--decode",
          [&decode](const std::string& name) {
            decode = name == "fast" ? DecodeProfile::fast : DecodeProfile::exact;
          },
          "JPEG files: exact decodes every pixel as the references do; fast decodes large images "
          "at a reduced size")
      ->check(CLI::IsMember({"exact", "fast"}))
      ->default_str("exact");
  command
      .add_option_function<std::string>(
          "--resize", [&resize](const std::string& name) { resize = parse_resize(name); },
          "Images become square by the crop of the shortest side (shortest), without their aspect "
          "ratio (squash), or padded with black (longest)")
      ->check(CLI::IsMember({"shortest", "squash", "longest"}))
      ->default_str("as the model was published");
}

void add_batch_size_option(CLI::App& command, int64_t& batch_size) {
  command.add_option("--batch-size", batch_size, "Images per batch")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
}

}  // namespace sightline::cli

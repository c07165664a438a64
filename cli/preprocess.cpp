// sightline preprocess: writes the pixels that a model receives as .npy.
#include <sightline/error.h>
#include <sightline/image.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/adapter_spec.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/npy.h"
#include "base/spec_label.h"
#include "command.h"
#include "locate.h"
#include "model_options.h"
#include "models/layouts.h"
#include "models/model_source.h"
#include "models/pair_spec.h"
#include "output.h"
#include "standard_streams.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;
struct Options {
  std::string model;
  std::string image;
  std::string out;
  OrientationProfile orientation = OrientationProfile::upright;
  DecodeProfile decode = DecodeProfile::exact;
  std::optional<PreprocessSpec::Resize> resize;
  std::string order;
  bool normalized = false, pull = false;
  bool json = false;
};

// Reads transformers' config of the image processor without the weights; other layouts are opened
// as a whole.
PreprocessSpec model_spec(const fs::path& model) {
  const bool has_config = fs::exists(file_status(model / "preprocessor_config.json")) ||
                          fs::exists(file_status(model / "processor_config.json"));
  if (fs::is_directory(file_status(model)) && (has_config || !looks_like_model(model)))
    return read_huggingface_preprocessing(model);
  if (const auto pair = find_pair(model)) return model_spec(pair->image);
  if (const auto adapted = split_adapter(model.string())) return model_spec(adapted->model);
  const ModelSource source = open_model(model);
  if (!source.preprocess) {
    throw Error(ErrorCode::unsupported, "the model '", model.string(), "' (family ", source.family,
                ") has no image tower");
  }
  return source.preprocess();
}

PreprocessSpec read_spec(const Options& options) {
  PreprocessSpec spec = model_spec(split_label(locate_model(options.model, options.pull)).spec);
  spec.decode = options.decode;
  if (options.resize) spec.resize_by(*options.resize);
  spec.orientation = options.orientation;
  if (options.order == "openai") {
    spec.order = PreprocessSpec::Order::openai;
    spec.crop_rounding = PreprocessSpec::CropRounding::half_even;
  }
  return spec;
}

std::vector<uint8_t> image_bytes(const std::string& image) {
  constexpr int64_t kMost = ImageLimits{}.max_bytes;
  if (!is_standard(image)) return read_file(image, kMost);
  const std::string bytes = read_stdin(kMost);
  return {bytes.begin(), bytes.end()};
}

int run(Options options) {
  const OutputFile output(options.out, "pixels.npy");
  options.out = output.path().string();
  if (output.standard() && options.json) {
    throw Error(ErrorCode::invalid_argument,
                "--out - and --json both write to standard output: name a file");
  }
  check_output_file(options.out, ".npy");
  if (!is_standard(options.image)) refuse_input(options.out, options.image);
  const PreprocessSpec spec = read_spec(options);
  const std::vector<uint8_t> bytes = image_bytes(options.image);
  const Raster raster = decode_raster(bytes, options.image, spec);
  const Image pixels = preprocess_pixels(raster, spec);
  std::vector<int64_t> shape = {pixels.height, pixels.width, 3};
  if (options.normalized) {
    shape = {3, pixels.height, pixels.width};
    std::vector<float> values(pixels.pixels.size());
    normalize_pixels(pixels, spec, values.data());
    write_npy(options.out, std::span<const float>(values), shape);
  } else {
    write_npy(options.out, std::span<const uint8_t>(pixels.pixels), shape);
  }
  output.publish();
  const char* type = options.normalized ? "float32" : "uint8";
  if (options.json) {
    Json result = {{"image", options.image},  {"width", raster.width},
                   {"height", raster.height}, {"preprocessing", spec.describe()},
                   {"out", options.out},      {"shape", shape},
                   {"dtype", type},           {"pixels_sha256", to_hex(sha256(pixels.pixels))}};
    if (!raster.note.empty()) result["decoded"] = raster.note;
    print_json(result);
  } else {
    std::FILE* file = output.standard() ? stderr : stdout;
    std::fprintf(file, "%s: %d x %d pixels -> %s (%lld, %lld, %lld) %s\n", options.image.c_str(),
                 raster.width, raster.height,
                 output.standard() ? "standard output" : options.out.c_str(),
                 static_cast<long long>(shape[0]), static_cast<long long>(shape[1]),
                 static_cast<long long>(shape[2]), type);
    if (!raster.note.empty()) std::fprintf(file, "decoded: %s\n", raster.note.c_str());
    std::fprintf(file, "%s\n", spec.describe().c_str());
  }
  return kDone;
}

}  // namespace

void add_preprocess(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("preprocess", "Write the preprocessed pixels of an image (.npy)");
  command->add_option("--model", options->model, "Model directory, file or name")
      ->type_name("MODEL")
      ->required();
  command->add_option("IMAGE", options->image, "Image file; - is standard input")->required();
  command->add_option("--out", options->out, "Output .npy file; - is standard output")
      ->type_name("FILE.npy")
      ->required();
  add_pull_flag(*command, options->pull);
  command->add_flag("--normalized", options->normalized,
                    "Write the model's float32 input (3, S, S) instead of uint8 (S, S, 3)");
  add_image_options(*command, options->orientation, options->decode, options->resize);
  command
      ->add_option("--order", options->order,
                   "Convert to RGB after resizing and cropping (openai), or before (huggingface) "
                   "(default: the model's)")
      ->check(CLI::IsMember({"openai", "huggingface"}));
  command->add_flag("--json", options->json, "Print the summary as JSON");
  command->group("Other");
  command->footer(
      "Example:\n  sightline preprocess --model models/emoji-vit-8 build/emoji/images/1f600.png "
      "--out build/face.npy");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

// Parser of transformers' preprocessor_config.json. Missing settings have the defaults of the image
// processor class; settings that cannot be reproduced exactly are errors.
#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "image/pixels.h"
#include "image/resize_geometry.h"

namespace sightline {
namespace {

using nlohmann::json;
using Spec = PreprocessSpec;

// Defaults of an image processor class. Source: transformers, models/*/image_processing_*.py
struct ProcessorDefaults {
  std::string_view prefix;  // of the class name
  Spec::Resize resize;
  int size;
  bool center_crop;
  ResizeFilter filter;
  std::array<float, 3> mean;
  std::array<float, 3> std;
};

constexpr std::array<float, 3> kClipMean = {0.48145466f, 0.4578275f, 0.40821073f};
constexpr std::array<float, 3> kClipStd = {0.26862954f, 0.26130258f, 0.27577711f};
constexpr std::array<float, 3> kHalf = {0.5f, 0.5f, 0.5f};

constexpr std::array<ProcessorDefaults, 7> kProcessorDefaults = {{
    {"CLIP", Spec::Resize::shortest_edge, 224, true, ResizeFilter::bicubic, kClipMean, kClipStd},
    {"ChineseCLIP", Spec::Resize::shortest_edge, 224, true, ResizeFilter::bicubic, kClipMean,
     kClipStd},
    {"Siglip", Spec::Resize::squash, 224, false, ResizeFilter::bicubic, kHalf, kHalf},
    {"Siglip2", Spec::Resize::patches, 0, false, ResizeFilter::bilinear, kHalf, kHalf},
    {"Blip", Spec::Resize::squash, 384, false, ResizeFilter::bicubic, kClipMean, kClipStd},
    {"ViT", Spec::Resize::squash, 224, false, ResizeFilter::bilinear, kHalf, kHalf},
    {"DeiT",
     Spec::Resize::squash,
     256,
     true,
     ResizeFilter::bicubic,
     {0.485f, 0.456f, 0.406f},
     {0.229f, 0.224f, 0.225f}},
}};

// Keys that ConfigReader reads.
constexpr std::array<std::string_view, 14> kKnown = {"size",
                                                     "crop_size",
                                                     "resample",
                                                     "do_resize",
                                                     "do_center_crop",
                                                     "do_rescale",
                                                     "rescale_factor",
                                                     "do_normalize",
                                                     "image_mean",
                                                     "image_std",
                                                     "do_convert_rgb",
                                                     "image_processor_type",
                                                     "feature_extractor_type",
                                                     "default_to_square"};

// Keys that it also reads where images are resized to patches.
constexpr std::array<std::string_view, 2> kKnownOfPatches = {"patch_size", "max_num_patches"};

constexpr std::span<const std::string_view> kNoKeys;

// Keys of Jina-CLIP's image processor, a class of its own with torchvision's transforms.
constexpr std::array<std::string_view, 7> kKnownOfJina = {
    "size", "mean", "std", "resize_mode", "interpolation", "fill_color", "image_processor_type"};

// Keys that do not affect the pixels of an image.
constexpr std::array<std::string_view, 10> kIgnored = {
    "processor_class", "_valid_processor_keys", "auto_map",
    "data_format",     "input_data_format",     "return_tensors",
    "device",          "disable_grouping",      "image_seq_length",
    "use_fast"};

// An unknown key is an error if it contains one of these words, otherwise it is ignored.
constexpr std::array<std::string_view, 15> kPixelWords = {
    "do_", "size",   "pad",   "crop", "resampl", "rescale",  "scale", "mean",
    "std", "offset", "ratio", "pct",  "channel", "interpol", "pixel"};

class ConfigReader {
 public:
  ConfigReader(const json& object, const std::string& name) : json_(object), name_(name) {}

  Spec read() {
    if (!json_.is_object()) invalid("is not a JSON object");
    const json* type = find("image_processor_type");
    if (type != nullptr && *type == "JinaCLIPImageProcessor") return read_jina();
    const ProcessorDefaults& defaults = find_defaults();
    check_keys(kKnown, defaults.resize == Spec::Resize::patches ? kKnownOfPatches : kNoKeys);
    if (!flag("do_resize", true)) unsupported("without resizing (do_resize is false)");
    if (!flag("do_rescale", true)) unsupported("without rescaling (do_rescale is false)");
    Spec spec;
    spec.order = Spec::Order::huggingface;
    spec.crop_rounding = Spec::CropRounding::floor;
    if (defaults.resize == Spec::Resize::patches) {
      read_patches(spec);
    } else {
      read_size(defaults, spec);
      read_crop(defaults, spec);
    }
    spec.filter = read_filter(defaults);
    read_normalization(defaults, spec);
    return spec;
  }

 private:
  [[noreturn]] void invalid(const std::string& problem) const {
    image::throw_invalid_data(name_, problem);
  }
  [[noreturn]] void unsupported(const std::string& what) const {
    image::throw_unsupported(name_, "a preprocessor config " + what);
  }

  const json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }

  bool flag(const char* key, bool fallback) const {
    const json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean())
      invalid(std::string("has a ") + key + " that is neither true nor false");
    return value->get<bool>();
  }

  int pixels(const json& value, const std::string& key) const {
    const bool whole =
        value.is_number_integer() && value.get<double>() >= 1 && value.get<double>() <= 65536;
    if (!whole)
      invalid("has a " + key + " of " + shown(value) + ", expected an integer from 1 to 65536");
    return value.get<int>();
  }

  void check_keys(std::span<const std::string_view> known,
                  std::span<const std::string_view> also) const {
    for (const auto& [key, value] : json_.items()) {
      const auto is_key = [&k = key](std::string_view one) { return one == k; };
      if (std::any_of(known.begin(), known.end(), is_key) ||
          std::any_of(kIgnored.begin(), kIgnored.end(), is_key) ||
          std::any_of(also.begin(), also.end(), is_key)) {
        continue;
      }
      const bool off = value.is_null() || (value.is_boolean() && !value.get<bool>());
      const auto in_key = [&k = key](std::string_view word) { return k.find(word) != k.npos; };
      if (!off && std::any_of(kPixelWords.begin(), kPixelWords.end(), in_key)) {
        unsupported("with the unknown setting '" + key + "' = " + shown(value));
      }
    }
  }

  const ProcessorDefaults& find_defaults() const {
    const json* type = find("image_processor_type");
    if (type == nullptr) type = find("feature_extractor_type");
    if (type == nullptr) return kProcessorDefaults[0];
    if (!type->is_string()) invalid("has an image_processor_type that is not a string");
    const auto type_name = type->get<std::string>();
    for (const ProcessorDefaults& defaults : kProcessorDefaults) {
      for (const char* suffix :
           {"ImageProcessor", "ImageProcessorFast", "ImageProcessorPil", "FeatureExtractor"}) {
        if (type_name == std::string(defaults.prefix) + suffix) return defaults;
      }
    }
    unsupported("of the unknown class '" + type_name + "'");
  }

  // The side of {"height": h, "width": w}; h != w is unsupported.
  int square(const json& value, const std::string& key) const {
    if (!value.contains("height") || !value.contains("width")) {
      unsupported("with " + key + " = " + shown(value));
    }
    const int height = pixels(value["height"], key);
    if (height != pixels(value["width"], key))
      unsupported("with the non-square " + key + " = " + shown(value));
    return height;
  }

  static bool has_other(const json& value, std::initializer_list<const char*> known) {
    return std::any_of(value.items().begin(), value.items().end(), [&](const auto& item) {
      const auto is_key = [&](const char* key) { return item.key() == key; };
      return !item.value().is_null() && std::none_of(known.begin(), known.end(), is_key);
    });
  }

  void read_size(const ProcessorDefaults& defaults, Spec& spec) const {
    spec.resize = defaults.resize;
    spec.resize_size = defaults.size;
    const json* size = find("size");
    if (size == nullptr) return;
    if (!size->is_object()) {
      // Files of older versions store one number: the shorter edge if the class keeps the aspect
      // ratio, otherwise both edges.
      spec.resize_size = pixels(*size, "size");
    } else if (size->contains("shortest_edge") && !(*size)["shortest_edge"].is_null()) {
      if (has_other(*size, {"shortest_edge"})) unsupported("with size = " + shown(*size));
      spec.resize = Spec::Resize::shortest_edge;
      spec.resize_size = pixels((*size)["shortest_edge"], "size");
    } else {
      if (has_other(*size, {"height", "width"})) unsupported("with size = " + shown(*size));
      spec.resize = Spec::Resize::squash;
      spec.resize_size = square(*size, "size");
    }
  }

  // Source: transformers image_processing_pil_siglip2.py, which reads neither size nor crop_size.
  void read_patches(Spec& spec) const {
    spec.resize = Spec::Resize::patches;
    const json* side = find("patch_size");
    const json* most = find("max_num_patches");
    spec.patch_size = side != nullptr ? pixels(*side, "patch_size") : 16;
    spec.max_patches = most != nullptr ? pixels(*most, "max_num_patches") : 256;
    const auto square = static_cast<int>(std::sqrt(static_cast<double>(spec.max_patches)));
    spec.resize_size = spec.crop_size = square * spec.patch_size;
    image::check_spec(spec);
  }

  // Source: jinaai/jina-clip-implementation processing_clip.py, transform.py (image_transform);
  // modeling_clip.py (encode_image), which converts to RGB first.
  Spec read_jina() const {
    check_keys(kKnownOfJina, kNoKeys);
    Spec spec;
    spec.order = Spec::Order::huggingface;
    spec.crop_rounding = Spec::CropRounding::half_even;
    const json* size = find("size");
    if (size != nullptr && size->is_array()) {
      if (size->size() != 2 || (*size)[0] != (*size)[1])
        unsupported("with the size " + shown(*size) + ", which is not a square");
      size = &(*size)[0];
    }
    spec.resize_size = spec.crop_size = size != nullptr ? pixels(*size, "size") : 224;
    spec.resize =
        parse_resize(one_of("resize_mode", "shortest", {"shortest", "squash", "longest"}));
    if (const json* fill = find("fill_color"); fill != nullptr && *fill != 0)
      unsupported("with fill_color = " + shown(*fill) + ", expected 0");
    const std::string filter = one_of("interpolation", "bicubic", {"bicubic", "bilinear"});
    spec.filter = filter == "bicubic" ? ResizeFilter::bicubic : ResizeFilter::bilinear;
    spec.mean = read_triple("mean", kClipMean);
    spec.std = read_triple("std", kClipStd);
    check_normalization(spec, "mean", "std");
    return spec;
  }

  std::string one_of(const char* key, const char* absent,
                     std::initializer_list<std::string_view> names) const {
    const json* value = find(key);
    if (value == nullptr) return absent;
    for (const std::string_view name : names) {
      if (*value == name) return std::string(name);
    }
    unsupported(std::string("with ") + key + " = " + shown(*value));
  }

  void read_crop(const ProcessorDefaults& defaults, Spec& spec) const {
    if (!flag("do_center_crop", defaults.center_crop)) {
      if (spec.resize != Spec::Resize::squash) {
        unsupported("that keeps the aspect ratio without cropping, so that image sizes differ");
      }
      spec.crop_size = spec.resize_size;
      return;
    }
    const json* crop = find("crop_size");
    if (crop == nullptr) {
      spec.crop_size = 224;
    } else if (crop->is_object()) {
      spec.crop_size = square(*crop, "crop_size");
    } else {
      spec.crop_size = pixels(*crop, "crop_size");
    }
  }

  ResizeFilter read_filter(const ProcessorDefaults& defaults) const {
    const json* value = find("resample");
    if (value == nullptr) return defaults.filter;
    if (value->is_number_integer() && *value == 3) return ResizeFilter::bicubic;
    if (value->is_number_integer() && *value == 2) return ResizeFilter::bilinear;
    unsupported("with resample = " + shown(*value) +
                "; 2 (bilinear) and 3 (bicubic) are supported");
  }

  std::array<float, 3> read_triple(const char* key, const std::array<float, 3>& fallback) const {
    const json* value = find(key);
    if (value == nullptr) return fallback;
    std::array<float, 3> numbers{};
    const bool one = value->is_number();
    if (!one && (!value->is_array() || value->size() != 3)) {
      invalid(std::string("has a ") + key + " of " + shown(*value) + ", expected three numbers");
    }
    for (size_t c = 0; c < 3; ++c) {
      const json& number = one ? *value : (*value)[c];
      if (!number.is_number()) invalid(std::string("has a ") + key + " that is not three numbers");
      numbers[c] = static_cast<float>(number.get<double>());
    }
    return numbers;
  }

  void read_normalization(const ProcessorDefaults& defaults, Spec& spec) const {
    if (const json* factor = find("rescale_factor")) {
      const bool usual = factor->is_number() && std::fabs(factor->get<double>() - 1 / 255.0) < 1e-9;
      if (!usual) unsupported("with rescale_factor = " + shown(*factor) + " instead of 1/255");
    }
    spec.mean = {0, 0, 0};
    spec.std = {1, 1, 1};
    if (!flag("do_normalize", true)) return;
    spec.mean = read_triple("image_mean", defaults.mean);
    spec.std = read_triple("image_std", defaults.std);
    check_normalization(spec, "image_mean", "image_std");
  }

  void check_normalization(const Spec& spec, const std::string& mean,
                           const std::string& std) const {
    for (size_t c = 0; c < 3; ++c) {
      if (!std::isfinite(spec.mean[c]) || !std::isfinite(spec.std[c]) || spec.std[c] == 0) {
        invalid("has numbers in " + mean + " or " + std + " that are not finite, or a 0 in " + std);
      }
    }
  }

  const json& json_;
  const std::string& name_;
};

}  // namespace

PreprocessSpec parse_preprocessor_config(const std::string& text, const std::string& name) {
  const json parsed = parse_json(text, name);
  return ConfigReader(parsed, name).read();
}

}  // namespace sightline

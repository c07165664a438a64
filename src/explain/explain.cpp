#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/explain.h>

#include <algorithm>
#include <array>
#include <utility>

#include "explain/heat_map.h"
#include "explain/masked_encoder.h"
#include "explain/masks.h"
#include "image/resize_geometry.h"

namespace sightline {
namespace {

constexpr std::array<std::pair<MaskMethod, std::string_view>, 2> kMethods = {
    {{MaskMethod::occlusion, "occlusion"}, {MaskMethod::rise, "rise"}}};
constexpr std::array<std::pair<MaskFill, std::string_view>, 2> kFills = {
    {{MaskFill::mean, "mean"}, {MaskFill::blur, "blur"}}};

template <typename Names>
auto parse(const Names& names, std::string_view name, const char* what) {
  for (const auto& [value, known] : names)
    if (known == name) return value;
  throw Error(ErrorCode::invalid_argument, "there is no ", what, " '", name, "'; expected ",
              names[0].second, " or ", names[1].second);
}

// The words between ASCII white space.
std::vector<std::string> words_of(const std::string& text) {
  constexpr const char* kSpace = " \t\n\v\f\r";
  std::vector<std::string> words;
  for (size_t at = text.find_first_not_of(kSpace); at != std::string::npos;) {
    const size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSpace, end);
  }
  return words;
}

std::string without(const std::vector<std::string>& words, size_t left_out) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i != left_out) text += (text.empty() ? "" : " ") + words[i];
  }
  return text;
}

// Fills words and kept_text. Returns the vector of the text.
std::vector<float> explain_text(const Model& model, const std::string& text,
                                std::span<const float> image, Explanation& out) {
  const std::vector<std::string> words = words_of(text);
  if (words.empty()) throw Error(ErrorCode::invalid_argument, "the text to explain has no words");
  std::vector<std::string> texts = {text};
  for (size_t i = 0; i < words.size(); ++i) texts.push_back(without(words, i));
  const EncodedTexts encoded = Encoder(model).encode_texts(texts);
  out.similarity = checked_cosine(image, encoded.vectors.row(0), "image and text");
  for (size_t i = 0; i < words.size(); ++i) {
    const auto row = encoded.vectors.row(static_cast<int64_t>(i) + 1);
    out.words.push_back(
        {words[i], out.similarity - checked_cosine(image, row, "image and shortened text")});
  }
  if (encoded.tokens[0].truncated) out.kept_text = encoded.tokens[0].kept_text;
  const auto row = encoded.vectors.row(0);
  return {row.begin(), row.end()};
}

// Fills the size and the regions.
void explain_region(const Raster& raster, const PreprocessSpec& spec, Explanation& out) {
  out.width = raster.full_width > 0 ? raster.full_width : raster.width;
  out.height = raster.full_height > 0 ? raster.full_height : raster.height;
  out.input = input_region(out.width, out.height, spec);
  const double left = std::max(0.0, out.input.left), top = std::max(0.0, out.input.top);
  const double right = std::min<double>(out.width, out.input.left + out.input.width);
  const double bottom = std::min<double>(out.height, out.input.top + out.input.height);
  out.seen = {left, top, right - left, bottom - top};
  out.cut_share =
      std::max(0.0, 1 - out.seen.width * out.seen.height / (double{1} * out.width * out.height));
}

}  // namespace

std::string_view mask_method_name(MaskMethod method) {
  return kMethods[static_cast<size_t>(method)].second;
}

std::string_view mask_fill_name(MaskFill fill) {
  return kFills[static_cast<size_t>(fill)].second;
}

MaskMethod parse_mask_method(std::string_view name) {
  return parse(kMethods, name, "mask method");
}

MaskFill parse_mask_fill(std::string_view name) {
  return parse(kFills, name, "mask fill");
}

ImageRegion input_region(int width, int height, const PreprocessSpec& spec) {
  image::check_spec(spec);
  if (spec.variable_size()) {
    throw Error(ErrorCode::unsupported,
                "explanations need images of one size; load the model with resize 'squash' or "
                "'longest'");
  }
  const image::Size size = image::resized_size(width, height, spec);
  const image::Span across = image::crop_axis(size.width, spec.crop_size, spec.crop_rounding);
  const image::Span down = image::crop_axis(size.height, spec.crop_size, spec.crop_rounding);
  const double x = static_cast<double>(width) / size.width;
  const double y = static_cast<double>(height) / size.height;
  return {(across.begin - across.offset) * x, (down.begin - down.offset) * y, spec.crop_size * x,
          spec.crop_size * y};
}

Explanation explain(const Model& model, std::span<const uint8_t> image, const std::string& name,
                    const std::string& text, const ExplainOptions& options) {
  const PreprocessSpec& spec = model.preprocess();
  input_region(1, 1, spec);  // throws for a model whose images differ in size
  const ExplainOptions complete = complete_options(options, model.info());
  const Raster raster = decode_raster(image, name, spec, options.limits);
  const Image square = preprocess_pixels(raster, spec);
  std::vector<float> pixels(square.pixels.size());
  normalize_pixels(square, spec, pixels.data());

  Explanation out;
  explain_region(raster, spec, out);
  const Matrix vector = model.encode_pixels(pixels, 1);
  const std::vector<float> target = explain_text(model, text, vector.row(0), out);
  const MaskedEncoder encoder(model, pixels, target, complete);
  out.heat = compute_heat_map(encoder, out.similarity, complete);
  out.encodings = 1 + Masks(complete, encoder.side()).count();
  return out;
}

}  // namespace sightline

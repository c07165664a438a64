#include <sightline/error.h>
#include <sightline/explain.h>

#include <array>
#include <utility>

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

}  // namespace sightline

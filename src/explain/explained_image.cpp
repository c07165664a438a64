#include "explain/explained_image.h"

#include <sightline/error.h>

#include <algorithm>

#include "explain/heat_map.h"
#include "explain/masked_encoder.h"
#include "explain/masks.h"

namespace sightline {
namespace {

// Fills the size and the regions.
void fill_regions(const Raster& raster, const PreprocessSpec& spec, Explanation& out) {
  out.width = raster.full_width > 0 ? raster.full_width : raster.width;
  out.height = raster.full_height > 0 ? raster.full_height : raster.height;
  out.orientation = raster.orientation;
  out.input = input_region(out.width, out.height, spec);
  const double left = std::max(0.0, out.input.left), top = std::max(0.0, out.input.top);
  const double right = std::min<double>(out.width, out.input.left + out.input.width);
  const double bottom = std::min<double>(out.height, out.input.top + out.input.height);
  out.seen = {left, top, right - left, bottom - top};
  out.cut_share =
      std::max(0.0, 1 - out.seen.width * out.seen.height / (double{1} * out.width * out.height));
}

// Returns a region of a stored image in the upright one, whose pixel (x, y) is that of the stored
// image that apply_orientation names.
ImageRegion upright_region(const ImageRegion& from, int orientation, double width, double height) {
  ImageRegion out = from;
  if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
    out.left = width - from.left - from.width;
  if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
    out.top = height - from.top - from.height;
  if (orientation >= 5) out = {out.top, out.left, out.height, out.width};
  return out;
}

HeatMap upright_map(const HeatMap& from, int orientation) {
  const bool transposed = orientation >= 5;
  HeatMap out{transposed ? from.columns : from.rows, transposed ? from.rows : from.columns, {}};
  out.values.resize(from.values.size());
  for (int row = 0; row < from.rows; ++row) {
    for (int column = 0; column < from.columns; ++column) {
      const ImageRegion cell =
          upright_region({double(column), double(row), 1, 1}, orientation, from.columns, from.rows);
      const auto to = static_cast<int>(cell.top) * out.columns + static_cast<int>(cell.left);
      out.values[static_cast<size_t>(to)] = from.at(row, column);
    }
  }
  return out;
}

}  // namespace

ExplainedImage::ExplainedImage(const Model& model, std::span<const uint8_t> image,
                               const std::string& name, const ExplainOptions& options)
    : model_(model), options_(complete_options(options, model.info())) {
  const PreprocessSpec& spec = model.preprocess();
  input_region(1, 1, spec);  // throws for a model whose images differ in size
  const Raster raster = decode_raster(image, name, spec, options.limits);
  const Image square = preprocess_pixels(raster, spec);
  pixels_.resize(square.pixels.size());
  normalize_pixels(square, spec, pixels_.data());
  fill_regions(raster, spec, explanation_);
  explanation_.vector = model.encode_pixels(pixels_, 1).values;
}

Explanation ExplainedImage::explain(std::span<const float> target) const {
  Explanation out = explanation_;
  const MaskedEncoder encoder(model_, pixels_, target, options_);
  out.similarity = checked_cosine(vector(), target, "the image");
  out.heat = compute_heat_map(encoder, out.similarity, options_);
  out.encodings = 1 + Masks(options_, encoder.side()).count();
  return out;
}

Explanation upright_explanation(Explanation explanation) {
  const int orientation = explanation.orientation;
  if (orientation <= 1 || orientation > 8) return explanation;
  const double width = explanation.width, height = explanation.height;
  explanation.input = upright_region(explanation.input, orientation, width, height);
  explanation.seen = upright_region(explanation.seen, orientation, width, height);
  explanation.heat = upright_map(explanation.heat, orientation);
  if (orientation >= 5) std::swap(explanation.width, explanation.height);
  explanation.orientation = 1;
  return explanation;
}

}  // namespace sightline

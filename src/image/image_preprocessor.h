// ImagePreprocessor: converts image files to a model's input and reuses its buffers.
#pragma once

#include <sightline/image.h>
#include <sightline/image_properties.h>
#include <sightline/raster_view.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/normalization_table.h"
#include "image/resample.h"
#include "image/resize_geometry.h"

namespace sightline::image {

// Decodes, resizes, crops and normalizes images; results equal those of decode_raster,
// preprocess_pixels and normalize_pixels. Only pixels inside the crop are resized.
// H and W are both S, unless the spec says that sizes differ; 3 * H * W is at most its
// max_elements().
// Not thread-safe: use one object per thread.
// All buffers (decoded pixels, the resized window, resampling weights) are reused for the next
// image, so a JPEG no larger than earlier ones causes no allocation except inside libjpeg. Buffers
// of whole images are released after prepare() if they exceed kMaxRetainedBytes.
class ImagePreprocessor {
 public:
  explicit ImagePreprocessor(const PreprocessSpec& spec, const ImageLimits& limits = {});

  // Converts an image file to (3, H, W) f32 at `out`, and fills `properties` unless it is null.
  // Returns H and W. Throws the errors of decode_raster and preprocess_pixels.
  Size prepare(std::span<const uint8_t> bytes, const std::string& name, float* out,
               ImageProperties* properties = nullptr);

  // The same for decoded pixels. Throws the errors of preprocess_pixels, and those of decode_raster
  // about the size.
  Size prepare(const RasterView& pixels, const std::string& name, float* out,
               ImageProperties* properties = nullptr);

  // The first step of prepare(). The raster is valid until the next call.
  const Raster& decode(std::span<const uint8_t> bytes, const std::string& name);
  // The second step: resizes and crops to RGB (H, W, 3), 8-bit, at `out`. Returns H and W. Throws
  // the errors of preprocess_pixels.
  Size resize_and_crop(const RasterView& raster, uint8_t* out);

  static constexpr size_t kMaxRetainedBytes = size_t{64} << 20;

 private:
  struct Source;
  Source make_source(const RasterView& raster, bool resized);
  Size normalize(const RasterView& raster, float* out);
  const uint8_t* resize(const Source& source, int width, int height, const Window& window,
                        uint8_t* out);

  PreprocessSpec spec_;
  ImageLimits limits_;
  NormalizationTable normalization_;
  Resampler resampler_;
  Raster raster_;
  std::vector<uint8_t> converted_;  // the decoded image in another mode
  std::vector<uint8_t> window_;     // the resized pixels inside the crop
  std::vector<uint8_t> padded_;     // window_ padded to (S, S)
  std::vector<uint8_t> cropped_;    // RGB (H, W, 3)
};

}  // namespace sightline::image

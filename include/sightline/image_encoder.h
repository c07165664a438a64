// ImageEncoder: images from memory, from files, or as decoded pixels to vectors.
#pragma once

#include <sightline/encoder.h>
#include <sightline/model.h>
#include <sightline/progress.h>
#include <sightline/raster_view.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace sightline {

// An image: exactly one of the members after `id`. `bytes` and `pixels` are not copied and must
// outlive the call.
struct ImageSource {
  std::string id;                         // in messages
  std::span<const uint8_t> bytes = {};    // an image file in memory
  std::filesystem::path file = {};        // an image file, which is read with its batch
  std::optional<RasterView> pixels = {};  // upright: RasterView::orientation is not applied
};

// Encodes images as Encoder does. Pixels have the same vector as a file in a lossless format that
// decodes to them. Thread-safe like Encoder; the model must outlive the object.
class ImageEncoder {
 public:
  // Throws invalid_argument for a batch size that is not in 1 to 4096.
  explicit ImageEncoder(const Model& model, const EncoderOptions& options = {});
  ImageEncoder(ImageEncoder&&) noexcept;
  ~ImageEncoder();

  // Encodes any number of images; at most batch_size of them are read or decoded at a time. If an
  // image cannot be read or decoded, or its vector has NaN or infinity, `errors` states the reason.
  // Throws unsupported if the model has no image tower, invalid_argument if it was not loaded, and
  // what `progress` throws.
  EncodedImages encode(std::span<const ImageSource> images, const ProgressFn& progress = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sightline

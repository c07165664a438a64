// HEIC and HEIF decoder based on libheif. As in pillow-heif: the primary image, grids assembled,
// mode RGB or RGBA at 8 bits; colour profiles are not applied. libheif rotates and mirrors as the
// container prescribes (irot, imir), so the EXIF orientation, which repeats that, is ignored.
#include <libheif/heif.h>
#include <sightline/error.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "image/codec_plugin.h"
#include "image/codecs/release.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

using Context = std::unique_ptr<heif_context, Release<heif_context_free>>;
using Handle = std::unique_ptr<heif_image_handle, Release<heif_image_handle_release>>;
using Decoded = std::unique_ptr<heif_image, Release<heif_image_release>>;
using Options = std::unique_ptr<heif_decoding_options, Release<heif_decoding_options_free>>;

// Tiles of a grid may be larger than the image, so at least this width and height are accepted.
constexpr int kMinSideLimit = 4096;

void check(const heif_error& error, const std::string& name) {
  if (error.code == heif_error_Ok) return;
  std::string text = error.message;
  while (text.ends_with('\n')) text.pop_back();
  const std::string reason = "libheif reports '" + text + "'";
  if (error.code == heif_error_Memory_allocation_error ||
      error.subcode == heif_suberror_Security_limit_exceeded) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' is a HEIC over a limit: ", reason);
  }
  if (error.code == heif_error_Unsupported_filetype ||
      error.code == heif_error_Unsupported_feature ||
      error.code == heif_error_Plugin_loading_error) {
    throw_unsupported(name, "a HEIC of a kind that libheif cannot decode (" + reason + ")");
  }
  throw_invalid_data(name, "is a corrupt or truncated HEIC: " + reason);
}

Decoded decode_primary(const heif_image_handle* handle, PixelMode mode, const std::string& name) {
  const Options options(heif_decoding_options_alloc());
  options->convert_hdr_to_8bit = 1;
  heif_image* image = nullptr;
  check(heif_decode_image(
            handle, &image, heif_colorspace_RGB,
            mode == PixelMode::rgba ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
            options.get()),
        name);
  return Decoded(image);
}

void unpremultiply_alpha(Raster& raster) {
  for (size_t at = 0; at + 3 < raster.pixels.size(); at += 4) {
    uint8_t* pixel = &raster.pixels[at];
    if (pixel[3] == 0 || pixel[3] == 255) continue;
    for (int c = 0; c < 3; ++c) pixel[c] = unpremultiply(pixel[c], pixel[3]);
  }
}

void decode(Bytes bytes, const std::string& name, const ImageLimits& limits, Raster& raster) {
  const Context context(heif_context_alloc());
  heif_context_set_max_decoding_threads(context.get(), 0);  // the caller decodes in parallel
  check(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(),
                                                   nullptr),
        name);
  heif_image_handle* primary = nullptr;
  check(heif_context_get_primary_image_handle(context.get(), &primary), name);
  const Handle handle(primary);
  const int width = heif_image_handle_get_width(handle.get());
  const int height = heif_image_handle_get_height(handle.get());
  check_size(width, height, limits, name);
  check_capacity(width, height, compressed_pixels(bytes.size()), bytes.size(), name);
  // libheif rejects a side that is equal to the limit.
  heif_context_set_maximum_image_size_limit(context.get(),
                                            std::max({width, height, kMinSideLimit}) + 1);

  const bool alpha = heif_image_handle_has_alpha_channel(handle.get()) != 0;
  const PixelMode mode = alpha ? PixelMode::rgba : PixelMode::rgb;
  const Decoded image = decode_primary(handle.get(), mode, name);
  int stride = 0;
  const uint8_t* rows =
      heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  const int decoded_width = heif_image_get_width(image.get(), heif_channel_interleaved);
  const int decoded_height = heif_image_get_height(image.get(), heif_channel_interleaved);
  if (decoded_width != width || decoded_height != height) {
    throw_invalid_data(name, "is a corrupt HEIC: it has " + std::to_string(decoded_width) + " x " +
                                 std::to_string(decoded_height) + " pixels, its header says " +
                                 std::to_string(width) + " x " + std::to_string(height));
  }
  if (rows == nullptr) throw_invalid_data(name, "is a corrupt HEIC: its image has no pixels");
  reset_raster(mode, decoded_width, decoded_height, raster);
  const size_t row_bytes = view(raster).row_bytes();
  if (stride < 0 || static_cast<size_t>(stride) < row_bytes) {
    throw_invalid_data(name, "is a corrupt HEIC: its rows are too short");
  }
  for (int y = 0; y < decoded_height; ++y) {
    std::memcpy(raster.pixels.data() + static_cast<size_t>(y) * row_bytes,
                rows + static_cast<size_t>(y) * static_cast<size_t>(stride), row_bytes);
  }
  if (alpha && heif_image_handle_is_premultiplied_alpha(handle.get()) != 0) {
    unpremultiply_alpha(raster);
  }
}

}  // namespace
}  // namespace sightline::image

extern "C" void sightline_decode_heif(sightline::image::Bytes bytes, const std::string& name,
                                      const sightline::ImageLimits& limits,
                                      sightline::Raster& raster) {
  sightline::image::decode(bytes, name, limits, raster);
}

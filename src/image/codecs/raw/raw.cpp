// Camera RAW decoder based on LibRaw. The pixels are those of the embedded preview, which the
// camera developed itself, if it is large enough for every model; otherwise LibRaw develops the
// sensor's values, with the camera's white balance, into sRGB. Raster::note says which.
#include <libraw/libraw.h>
#include <sightline/error.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>

#include "image/codec_plugin.h"
#include "image/jpeg.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

// The shorter side from which a preview is used: more pixels than the models' inputs have.
constexpr int kMinPreviewSide = 512;
// Four times what the strongest lossy compression of DNG reaches. LibRaw develops missing rows as
// black ones.
constexpr int64_t kMaxPixelsPerByte = 64;
constexpr auto kMaxDuration = std::chrono::seconds(20);

[[noreturn]] void throw_raw_error(int code, const std::string& name) {
  const std::string reason = std::string("LibRaw reports '") + LibRaw::strerror(code) + "'";
  if (code == LIBRAW_FILE_UNSUPPORTED || code == LIBRAW_NOT_IMPLEMENTED) {
    throw_unsupported(name,
                      "a camera RAW file of a kind that LibRaw cannot decode (" + reason + ")");
  }
  if (code == LIBRAW_UNSUFFICIENT_MEMORY || code == LIBRAW_TOO_BIG ||
      code == LIBRAW_CANCELLED_BY_CALLBACK || code == LIBRAW_MEMPOOL_OVERFLOW) {
    throw Error(ErrorCode::limit_exceeded, "'", name,
                "' is a camera RAW file over the limits of memory or time: ", reason);
  }
  throw_invalid_data(name, "is a corrupt or truncated camera RAW file: " + reason);
}

void check(int code, const std::string& name) {
  if (code != LIBRAW_SUCCESS) throw_raw_error(code, name);
}

// Cancels LibRaw after kMaxDuration.
class Deadline {
 public:
  explicit Deadline(LibRaw& raw) { raw.set_progress_handler(&Deadline::progress, this); }

 private:
  static int progress(void* self, LibRaw_progress, int, int) {
    return std::chrono::steady_clock::now() > static_cast<Deadline*>(self)->end_ ? 1 : 0;
  }
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + kMaxDuration;
};

std::string size_text(const Raster& raster) {
  return std::to_string(raster.width) + " x " + std::to_string(raster.height);
}

// Returns the EXIF orientation for LibRaw's code of the camera's rotation.
int orientation_of(int flip) {
  return flip == 3 ? 3 : flip == 5 ? 8 : flip == 6 ? 6 : 1;
}

// Sets the orientation of a preview. Most cameras store it as the sensor lay and give the rotation
// for the whole file; some give it in the preview's own EXIF block, and some rotate the pixels.
void orient_preview(const LibRaw& raw, Raster& preview) {
  if (preview.orientation != 1) return;
  const int orientation = orientation_of(raw.imgdata.sizes.flip);
  const bool turned = orientation == 6 || orientation == 8;
  const bool sensor_upright = raw.imgdata.sizes.height > raw.imgdata.sizes.width;
  const bool preview_upright = preview.height > preview.width;
  if (turned && sensor_upright != preview_upright) return;  // its pixels are rotated
  preview.orientation = orientation;
}

std::optional<Raster> decode_thumbnail(const libraw_thumbnail_t& thumbnail, const std::string& name,
                                       const ImageLimits& limits) {
  const Bytes data(reinterpret_cast<const uint8_t*>(thumbnail.thumb), thumbnail.tlength);
  if (thumbnail.tformat == LIBRAW_THUMBNAIL_JPEG) {
    Raster preview;
    decode_jpeg(data, name, limits, 0, preview);
    return preview;
  }
  const size_t pixels = size_t{thumbnail.twidth} * thumbnail.theight;
  if (thumbnail.tformat != LIBRAW_THUMBNAIL_BITMAP || pixels == 0 || data.size() != 3 * pixels) {
    return std::nullopt;
  }
  check_size(thumbnail.twidth, thumbnail.theight, limits, name);
  Raster preview = make_raster(PixelMode::rgb, thumbnail.twidth, thumbnail.theight);
  std::copy(data.begin(), data.end(), preview.pixels.begin());
  return preview;
}

// Returns the embedded preview, or nothing if there is none that is large enough and complete.
std::optional<Raster> read_preview(LibRaw& raw, const std::string& name,
                                   const ImageLimits& limits) {
  if (raw.unpack_thumb() != LIBRAW_SUCCESS || raw.imgdata.thumbnail.thumb == nullptr) return {};
  try {
    auto preview = decode_thumbnail(raw.imgdata.thumbnail, name, limits);
    if (!preview || std::min(preview->width, preview->height) < kMinPreviewSide) return {};
    orient_preview(raw, *preview);
    preview->note = "embedded preview, " + size_text(*preview) + " pixels";
    return preview;
  } catch (const Error&) {
    return {};  // a corrupt preview; the sensor's values may be complete
  }
}

struct FreeImage {
  void operator()(libraw_processed_image_t* image) const { LibRaw::dcraw_clear_mem(image); }
};

Raster develop(LibRaw& raw, const std::string& name, const ImageLimits& limits) {
  raw.imgdata.params.use_camera_wb = 1;
  check(raw.unpack(), name);
  if (raw.error_count() > 0) throw_raw_error(LIBRAW_DATA_ERROR, name);  // rows are missing
  check(raw.dcraw_process(), name);
  int code = LIBRAW_SUCCESS;
  const std::unique_ptr<libraw_processed_image_t, FreeImage> image(raw.dcraw_make_mem_image(&code));
  check(code, name);
  if (!image || image->type != LIBRAW_IMAGE_BITMAP || image->bits != 8 ||
      (image->colors != 1 && image->colors != 3)) {
    throw_unsupported(name, "a camera RAW file that LibRaw develops into an unknown form");
  }
  check_size(image->width, image->height, limits, name);
  Raster raster =
      make_raster(image->colors == 1 ? PixelMode::l : PixelMode::rgb, image->width, image->height);
  if (image->data_size < raster.pixels.size()) throw_raw_error(LIBRAW_DATA_ERROR, name);
  std::memcpy(raster.pixels.data(), image->data, raster.pixels.size());
  raster.note = "developed from the sensor's values, " + size_text(raster) + " pixels";
  return raster;
}

// Memory for the sensor's values: two buffers of four 16-bit values per pixel.
unsigned max_memory_mb(const ImageLimits& limits) {
  constexpr int64_t kPixelsPerMb = (int64_t{1} << 20) / 16;
  constexpr int64_t kMinMb = 64, kMaxMb = 8192;
  return static_cast<unsigned>(std::clamp(limits.max_pixels / kPixelsPerMb, kMinMb, kMaxMb));
}

void decode(Bytes bytes, const std::string& name, const ImageLimits& limits, Raster& raster) {
  // LibRaw::open_buffer would leak its stream for some invalid files.
  LibRaw_buffer_datastream stream(const_cast<uint8_t*>(bytes.data()), bytes.size());
  LibRaw_buffer_datastream again(const_cast<uint8_t*>(bytes.data()), bytes.size());
  const auto raw = std::make_unique<LibRaw>(LIBRAW_OPIONS_NO_DATAERR_CALLBACK);
#if LIBRAW_COMPILE_CHECK_VERSION_NOTLESS(0, 21)
  raw->imgdata.rawparams.max_raw_memory_mb = max_memory_mb(limits);
#else
  raw->imgdata.params.max_raw_memory_mb = max_memory_mb(limits);
#endif
  const Deadline deadline(*raw);
  check(raw->open_datastream(&stream), name);
  const libraw_image_sizes_t& sizes = raw->imgdata.sizes;
  const int64_t width = std::max({sizes.raw_width, sizes.width, sizes.iwidth});
  const int64_t height = std::max({sizes.raw_height, sizes.height, sizes.iheight});
  check_size(width, height, limits, name);
  if (auto preview = read_preview(*raw, name, limits)) {
    raster = std::move(*preview);
  } else {
    check_capacity(width, height, kMaxPixelsPerByte * static_cast<int64_t>(bytes.size()),
                   bytes.size(), name);
    check(raw->open_datastream(&again), name);  // a preview that cannot be read closes the file
    raster = develop(*raw, name, limits);
  }
}

}  // namespace
}  // namespace sightline::image

extern "C" void sightline_decode_raw(sightline::image::Bytes bytes, const std::string& name,
                                     const sightline::ImageLimits& limits,
                                     sightline::Raster& raster) {
  sightline::image::decode(bytes, name, limits, raster);
}

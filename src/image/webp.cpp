// WebP decoder based on libwebp. As in Pillow, the result is the first frame on a transparent
// canvas, and the mode is RGB if the file has no alpha. The frame is decoded into its position in
// the raster; libwebp's animation decoder would allocate two more canvases of four bytes per pixel.
#include "image/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "image/decoders.h"
#include "image/exif.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

struct DeleteDemuxer {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};

struct FirstFrame {
  explicit FirstFrame(const WebPDemuxer* demuxer)
      : found(WebPDemuxGetFrame(demuxer, 1, &at) != 0) {}
  ~FirstFrame() { WebPDemuxReleaseIterator(&at); }
  FirstFrame(const FirstFrame&) = delete;
  FirstFrame& operator=(const FirstFrame&) = delete;

  WebPIterator at{};
  bool found;
};

// The first chunk of this name; empty if there is none. It is part of the file's bytes.
Bytes chunk_of(const WebPDemuxer* demuxer, const char* name) {
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(demuxer, name, 1, &chunk) == 0) return {};
  const Bytes bytes(chunk.chunk.bytes, chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  return bytes;
}

bool decode_into(const WebPIterator& frame, Raster& raster) {
  const PixelView canvas = view(raster);
  if (frame.x_offset < 0 || frame.y_offset < 0 || frame.width < 1 || frame.height < 1 ||
      frame.width > raster.width - frame.x_offset ||
      frame.height > raster.height - frame.y_offset) {
    return false;
  }
  const size_t offset = static_cast<size_t>(frame.y_offset) * canvas.row_bytes() +
                        static_cast<size_t>(frame.x_offset * canvas.channels);
  const auto decode = raster.mode == PixelMode::rgba ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  return decode(frame.fragment.bytes, frame.fragment.size, raster.pixels.data() + offset,
                raster.pixels.size() - offset, static_cast<int>(canvas.row_bytes())) != nullptr;
}

}  // namespace

Raster decode_webp(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(bytes.data(), bytes.size(), &features);
  if (status == VP8_STATUS_NOT_ENOUGH_DATA) {
    throw_invalid_data(name, "is truncated: the WebP data ends inside its header");
  }
  if (status != VP8_STATUS_OK)
    throw_invalid_data(name, "is a corrupt WebP: its header cannot be read");
  check_size(features.width, features.height, limits, name);
  const WebPData data{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPDemuxer, DeleteDemuxer> demuxer(WebPDemux(&data));
  if (!demuxer)
    throw_invalid_data(name, "is a corrupt or truncated WebP: its chunks cannot be read");
  const uint32_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  const uint32_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  check_size(width, height, limits, name);
  const FirstFrame frame(demuxer.get());
  if (!frame.found) throw_invalid_data(name, "is a corrupt WebP: it has no frame");
  // The canvas around the frame needs no data.
  check_capacity(width, height, int64_t{frame.at.width} * frame.at.height + kMaxBackgroundPixels,
                 bytes.size(), name);
  Raster raster = make_raster(features.has_alpha != 0 ? PixelMode::rgba : PixelMode::rgb,
                              static_cast<int>(width), static_cast<int>(height));
  raster.orientation =
      exif_orientation(chunk_of(demuxer.get(), "EXIF"), chunk_of(demuxer.get(), "XMP "));
  if (!decode_into(frame.at, raster)) {
    throw_invalid_data(name, "is a corrupt or truncated WebP: its first frame cannot be decoded");
  }
  return raster;
}

}  // namespace sightline::image

// WebP through libwebp's animation decoder, as Pillow reads every WebP: the first frame on a
// transparent canvas; without alpha in the file the mode is RGB.
#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "image/decoders.h"
#include "image/exif.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

struct DeleteDecoder {
  void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

int orientation_of(const WebPAnimDecoder* decoder) {
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(WebPAnimDecoderGetDemuxer(decoder), "EXIF", 1, &chunk) == 0) return 1;
  const int orientation = exif_orientation({chunk.chunk.bytes, chunk.chunk.size});
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

}  // namespace

Raster decode_webp(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  WebPBitstreamFeatures features;
  const VP8StatusCode status = WebPGetFeatures(bytes.data(), bytes.size(), &features);
  if (status == VP8_STATUS_NOT_ENOUGH_DATA) {
    throw_broken(name, "is truncated: the WebP data ends inside its header");
  }
  if (status != VP8_STATUS_OK) throw_broken(name, "is a broken WebP: its header cannot be read");
  check_size(features.width, features.height, limits, name);
  const WebPData data{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, DeleteDecoder> decoder(WebPAnimDecoderNew(&data, nullptr));
  WebPAnimInfo info;
  if (!decoder || WebPAnimDecoderGetInfo(decoder.get(), &info) == 0) {
    throw_broken(name, "is truncated or a broken WebP: its chunks cannot be read");
  }
  check_size(info.canvas_width, info.canvas_height, limits, name);
  uint8_t* pixels = nullptr;
  int timestamp_ms = 0;
  if (WebPAnimDecoderGetNext(decoder.get(), &pixels, &timestamp_ms) == 0) {
    throw_broken(name, "is a broken WebP: its first frame cannot be decoded");
  }
  const bool alpha = features.has_alpha != 0;
  Raster raster =
      make_raster(alpha ? PixelMode::rgba : PixelMode::rgb, static_cast<int>(info.canvas_width),
                  static_cast<int>(info.canvas_height));
  raster.orientation = orientation_of(decoder.get());
  const size_t keep = alpha ? 4 : 3;
  uint8_t* to = raster.pixels.data();
  const size_t count = raster.pixels.size() / keep;
  for (size_t i = 0; i < count; ++i, pixels += 4, to += keep) {
    for (size_t c = 0; c < keep; ++c) to[c] = pixels[c];
  }
  return raster;
}

}  // namespace sightline::image

// Decodes with OpenJPEG on one thread. Modes, scaling to 8 or 16 bits and colours follow Pillow
// (src/libImaging/Jpeg2KDecode.c). Subsampled components are repeated, not interpolated.
#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "image/codecs/jpeg2000/header.h"
#include "image/pixels.h"
#include "image/ycbcr.h"

namespace sightline::image::jpeg2000 {
namespace {

struct Source {
  Bytes bytes;
  size_t at = 0;
};

OPJ_SIZE_T read_source(void* to, OPJ_SIZE_T count, void* user) {
  auto* source = static_cast<Source*>(user);
  const size_t some = std::min<size_t>(count, source->bytes.size() - source->at);
  if (some == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(to, source->bytes.data() + source->at, some);
  source->at += some;
  return some;
}

OPJ_OFF_T skip_source(OPJ_OFF_T count, void* user) {
  auto* source = static_cast<Source*>(user);
  if (count < 0) return -1;
  const size_t some =
      std::min<size_t>(static_cast<size_t>(count), source->bytes.size() - source->at);
  source->at += some;
  return static_cast<OPJ_OFF_T>(some);
}

OPJ_BOOL seek_source(OPJ_OFF_T position, void* user) {
  auto* source = static_cast<Source*>(user);
  if (position < 0 || static_cast<size_t>(position) > source->bytes.size()) return OPJ_FALSE;
  source->at = static_cast<size_t>(position);
  return OPJ_TRUE;
}

struct Message {
  char text[300] = {};
};

// Keeps the first message. C code calls it, so that it must not throw.
void keep_error(const char* text, void* user) {
  auto* message = static_cast<Message*>(user);
  if (message->text[0] == '\0') std::strncpy(message->text, text, sizeof message->text - 1);
}

[[noreturn]] void throw_failure(const Message& message, const std::string& name) {
  std::string text = message.text[0] == '\0' ? "it cannot be decoded" : message.text;
  while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
  if (text.find("emory") != text.npos) {
    throw Error(ErrorCode::limit_exceeded, "'", name,
                "' is a JPEG 2000 that needs more memory than there is: ", text);
  }
  throw_invalid_data(name, "is a corrupt or truncated JPEG 2000: " + text);
}

struct DestroyStream {
  void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
struct DestroyCodec {
  void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
};
struct DestroyImage {
  void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
using Stream = std::unique_ptr<opj_stream_t, DestroyStream>;
using Codec = std::unique_ptr<opj_codec_t, DestroyCodec>;
using DecodedImage = std::unique_ptr<opj_image_t, DestroyImage>;

Stream open(Source& source) {
  Stream stream(opj_stream_create(size_t{1} << 16, OPJ_TRUE));
  if (!stream) throw Error(ErrorCode::internal, "OpenJPEG cannot open a stream");
  opj_stream_set_read_function(stream.get(), read_source);
  opj_stream_set_skip_function(stream.get(), skip_source);
  opj_stream_set_seek_function(stream.get(), seek_source);
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), source.bytes.size());
  return stream;
}

DecodedImage run_decoder(Bytes bytes, const Header& header, const std::string& name) {
  Source source{bytes};
  Message message;
  const Stream stream = open(source);
  const Codec codec(opj_create_decompress(header.in_boxes ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
  if (!codec) throw Error(ErrorCode::internal, "OpenJPEG cannot create a decoder");
  opj_set_error_handler(codec.get(), keep_error, &message);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* image = nullptr;
  const bool began = opj_setup_decoder(codec.get(), &parameters) != 0 &&
                     opj_read_header(stream.get(), codec.get(), &image) != 0;
  DecodedImage decoded(image);
  if (!began) throw_failure(message, name);
  if (int64_t{image->x1} - image->x0 != header.width ||
      int64_t{image->y1} - image->y0 != header.height ||
      image->numcomps != static_cast<OPJ_UINT32>(header.components)) {
    throw_invalid_data(name, "is a corrupt JPEG 2000: it has two sizes");
  }
  if (opj_decode(codec.get(), stream.get(), image) == 0 ||
      opj_end_decompress(codec.get(), stream.get()) == 0) {
    throw_failure(message, name);
  }
  return decoded;
}

// One component, scaled to `bits` bits per sample.
class Channel {
 public:
  Channel(const opj_image_t& image, const opj_image_comp_t& component, int bits)
      : component_(component),
        x0_(image.x0),
        y0_(image.y0),
        shift_(bits - static_cast<int>(component.prec)),
        max_((int64_t{1} << bits) - 1),
        offset_(component.sgnd != 0 ? int64_t{1} << (component.prec - 1) : 0) {
    if (shift_ < 0) offset_ += int64_t{1} << (-shift_ - 1);
  }

  // The sample at a position of the image. Unlike in Pillow, the largest values do not overflow
  // when they are rounded up.
  unsigned at(int x, int y) const {
    const size_t column = sample(x0_ + x, component_.dx, component_.x0, component_.w);
    const size_t row = sample(y0_ + y, component_.dy, component_.y0, component_.h);
    const int64_t value = component_.data[row * component_.w + column] + offset_;
    const int64_t scaled = shift_ < 0 ? value >> -shift_ : value * (int64_t{1} << shift_);
    return static_cast<unsigned>(std::clamp<int64_t>(scaled, 0, max_));
  }

 private:
  // The last sample of an axis that is not beyond the position on the reference grid.
  static size_t sample(int64_t position, int64_t step, int64_t first, int64_t count) {
    return static_cast<size_t>(std::clamp<int64_t>(position / step - first, 0, count - 1));
  }

  const opj_image_comp_t& component_;
  int64_t x0_;
  int64_t y0_;
  int shift_;
  int64_t max_;
  int64_t offset_;
};

bool is_ycbcr(const opj_image_t& image) {
  if (image.numcomps < 3) return false;
  if (image.color_space == OPJ_CLRSPC_SYCC) return true;
  if (image.color_space != OPJ_CLRSPC_UNSPECIFIED && image.color_space != OPJ_CLRSPC_UNKNOWN) {
    return false;
  }
  // Without a colour space, subsampled chroma decides.
  for (OPJ_UINT32 i = 0; i < image.numcomps; ++i) {
    if (image.comps[i].dx != 1 || image.comps[i].dy != 1) return i == 1 || i == 2;
  }
  return false;
}

PixelMode mode_of(const opj_image_t& image, const Header& header, const std::string& name) {
  switch (image.numcomps) {
    case 1:
      // Pillow takes the depth in the header of a JP2 file as one less than it is.
      return image.comps[0].prec > (header.in_boxes ? 9 : 8) ? PixelMode::i16 : PixelMode::l;
    case 2:
      return PixelMode::la;
    case 3:
      return PixelMode::rgb;
    case 4:
      return image.color_space == OPJ_CLRSPC_CMYK ? PixelMode::cmyk : PixelMode::rgba;
    default:
      throw_unsupported(name, "a JPEG 2000 of " + std::to_string(image.numcomps) + " components");
  }
}

void check_components(const opj_image_t& image, const std::string& name) {
  for (OPJ_UINT32 i = 0; i < image.numcomps; ++i) {
    const opj_image_comp_t& component = image.comps[i];
    if (component.data == nullptr || component.w < 1 || component.h < 1 || component.dx < 1 ||
        component.dy < 1 || component.prec < 1 || component.prec > 31) {
      throw_invalid_data(name, "is a corrupt JPEG 2000: a component has no samples");
    }
  }
}

Raster to_raster(const opj_image_t& image, const Header& header, const std::string& name) {
  const PixelMode mode = mode_of(image, header, name);
  check_components(image, name);
  Raster raster =
      make_raster(mode, static_cast<int>(header.width), static_cast<int>(header.height));
  std::vector<Channel> channels;
  for (OPJ_UINT32 i = 0; i < image.numcomps; ++i) {
    channels.emplace_back(image, image.comps[i], mode == PixelMode::i16 ? 16 : 8);
  }
  const bool ycbcr = is_ycbcr(image);
  uint8_t* to = raster.pixels.data();
  for (int y = 0; y < raster.height; ++y) {
    for (int x = 0; x < raster.width; ++x) {
      if (mode == PixelMode::i16) {
        const unsigned value = channels[0].at(x, y);
        *to++ = static_cast<uint8_t>(value);
        *to++ = static_cast<uint8_t>(value >> 8);
        continue;
      }
      uint8_t* pixel = to;
      for (const Channel& channel : channels) *to++ = static_cast<uint8_t>(channel.at(x, y));
      if (ycbcr) ycbcr_to_rgb(pixel[0], pixel[1], pixel[2], pixel);
    }
  }
  return raster;
}

// Throws an error if the tiles take too much memory or the file cannot hold them.
void check_tiles(const Header& header, Bytes bytes, const std::string& name) {
  // A tile takes at least 14 bytes, and an empty one has no other data.
  constexpr int64_t kTileBytes = 14;
  if (header.tiles > static_cast<int64_t>(bytes.size()) / kTileBytes) {
    throw_invalid_data(name, "is truncated or corrupt: its " + std::to_string(bytes.size()) +
                                 " bytes cannot hold the " + std::to_string(header.tiles) +
                                 " tiles given in its header");
  }
  // OpenJPEG takes about 12 KB per tile. Ordinary tiles have more than 64 x 64 pixels.
  const int64_t max_tiles = 4096 + header.width * header.height / 4096;
  if (header.tiles > max_tiles) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' is a JPEG 2000 of ", header.tiles,
                " tiles, at most ", max_tiles, " are allowed for ", header.width, " x ",
                header.height, " pixels");
  }
}

Raster decode(Bytes bytes, const std::string& name, const ImageLimits& limits) {
  const Header header = read_header(bytes, name);
  check_size(header.width, header.height, limits, name);
  constexpr int kMaxComponents = 4;
  const int components = std::max(header.components, header.palette_channels);
  if (components > kMaxComponents) {
    throw_unsupported(name, "a JPEG 2000 of " + std::to_string(components) + " components");
  }
  check_tiles(header, bytes, name);
  // Flat areas take almost no data.
  check_capacity(header.width, header.height,
                 static_cast<int64_t>(bytes.size()) * 4096 + kMaxBackgroundPixels, bytes.size(),
                 name);
  return to_raster(*run_decoder(bytes, header, name), header, name);
}

}  // namespace
}  // namespace sightline::image::jpeg2000

extern "C" void sightline_decode_jpeg2000(sightline::image::Bytes bytes, const std::string& name,
                                          const sightline::ImageLimits& limits,
                                          sightline::Raster& raster) {
  raster = sightline::image::jpeg2000::decode(bytes, name, limits);
}

// JPEG decoder based on libjpeg-turbo, with Pillow's settings (src/libImaging/JpegDecode.c):
// accurate integer DCT, smooth chroma upsampling, and a data source that suspends at the end of the
// data. Suspension before the last row means a truncated file; a missing end marker after the last
// row is accepted. Corruption that libjpeg reports only as a warning is ignored. Unlike in Pillow,
// the number of scans is limited.
#include "image/jpeg.h"

#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string_view>
#include <vector>

#include "image/decoders.h"
#include "image/exif.h"
#include "image/pixels.h"

namespace sightline::image {
namespace {

constexpr uint8_t kEndOfImage = 0xd9;
constexpr uint8_t kStartOfScan = 0xda;

enum class Step { done, suspended, failed };

// Each scan of a progressive file, even one of a few bytes, visits every pixel, so that the time is
// scans * pixels. Encoders write about 10 scans. kMaxScannedPixels takes about a second.
constexpr int64_t kMaxScans = 500;
constexpr int64_t kMinScans = 32;  // allowed whatever the size
constexpr int64_t kMaxScannedPixels = int64_t{1} << 31;

// State of libjpeg. Functions that longjmp may leave have no objects with destructors.
struct Decoder {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  std::jmp_buf failed{};
  char message[JMSG_LENGTH_MAX] = {};
  int max_scans = kMinScans;
  bool too_many_scans = false;

  ~Decoder() { jpeg_destroy_decompress(&info); }
};

void on_error(j_common_ptr info) {
  auto* decoder = static_cast<Decoder*>(info->client_data);
  info->err->format_message(info, decoder->message);
  std::longjmp(decoder->failed, 1);
}

// libjpeg calls this for each row of blocks while it collects the scans. It finds the scans that
// count_scans misses, for example after an end marker in a comment.
void on_progress(j_common_ptr info) {
  auto* decoder = static_cast<Decoder*>(info->client_data);
  if (decoder->info.input_scan_number <= decoder->max_scans) return;
  decoder->too_many_scans = true;
  std::longjmp(decoder->failed, 1);
}

void on_message(j_common_ptr) {}
void on_source(j_decompress_ptr) {}
boolean no_more_data(j_decompress_ptr) {
  return FALSE;
}

void skip(j_decompress_ptr info, long count) {
  jpeg_source_mgr* source = info->src;
  const size_t step = count < 0 ? 0
                      : static_cast<size_t>(count) > source->bytes_in_buffer
                          ? source->bytes_in_buffer
                          : static_cast<size_t>(count);
  source->next_input_byte += step;
  source->bytes_in_buffer -= step;
}

void attach_source(Decoder& decoder, Bytes bytes) {
  decoder.info.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = on_error;
  decoder.errors.output_message = on_message;
  decoder.info.client_data = &decoder;
  decoder.source.init_source = on_source;
  decoder.source.fill_input_buffer = no_more_data;
  decoder.source.skip_input_data = skip;
  decoder.source.resync_to_restart = jpeg_resync_to_restart;
  decoder.source.term_source = on_source;
  decoder.source.next_input_byte = bytes.data();
  decoder.source.bytes_in_buffer = bytes.size();
}

Step read_header(Decoder& decoder) {
  if (setjmp(decoder.failed) != 0) return Step::failed;
  jpeg_create_decompress(&decoder.info);
  decoder.info.client_data = &decoder;
  decoder.info.src = &decoder.source;
  jpeg_save_markers(&decoder.info, JPEG_APP0 + 1, 0xffff);
  int found = JPEG_HEADER_TABLES_ONLY;
  while (found == JPEG_HEADER_TABLES_ONLY) found = jpeg_read_header(&decoder.info, FALSE);
  return found == JPEG_HEADER_OK ? Step::done : Step::suspended;
}

// The largest of 1, 2, 4 and 8 that leaves the shorter side at least min_side pixels.
unsigned scale_denominator(const jpeg_decompress_struct& info, int min_side) {
  const JDIMENSION shorter =
      info.image_width < info.image_height ? info.image_width : info.image_height;
  unsigned shrink = 1;
  while (min_side > 0 && shrink < 8 &&
         shorter >= JDIMENSION{2} * shrink * static_cast<JDIMENSION>(min_side)) {
    shrink *= 2;
  }
  return shrink;
}

Step start(Decoder& decoder, J_COLOR_SPACE space, unsigned shrink) {
  if (setjmp(decoder.failed) != 0) return Step::failed;
  decoder.progress.progress_monitor = on_progress;
  decoder.info.progress = &decoder.progress;
  decoder.info.out_color_space = space;
  decoder.info.dct_method = JDCT_ISLOW;
  decoder.info.do_fancy_upsampling = TRUE;
  decoder.info.scale_num = 1;
  decoder.info.scale_denom = shrink;
  return jpeg_start_decompress(&decoder.info) ? Step::done : Step::suspended;
}

Step read_rows(Decoder& decoder, uint8_t* out, size_t row_bytes) {
  if (setjmp(decoder.failed) != 0) return Step::failed;
  while (decoder.info.output_scanline < decoder.info.output_height) {
    // The decoder may return fewer rows than requested.
    constexpr JDIMENSION kRows = 8;
    JSAMPROW rows[kRows];
    const JDIMENSION left = decoder.info.output_height - decoder.info.output_scanline;
    const JDIMENSION wanted = left < kRows ? left : kRows;
    for (JDIMENSION i = 0; i < wanted; ++i) {
      rows[i] = out + (size_t{decoder.info.output_scanline} + i) * row_bytes;
    }
    if (jpeg_read_scanlines(&decoder.info, rows, wanted) == 0) return Step::suspended;
  }
  return Step::done;
}

[[noreturn]] void throw_failure(const Decoder& decoder, const std::string& name) {
  if (decoder.too_many_scans) {
    throw Error(ErrorCode::limit_exceeded, "'", name, "' is a JPEG of more than ",
                decoder.max_scans, " scans, the limit for ", decoder.info.image_width, " x ",
                decoder.info.image_height, " pixels; ordinary progressive files have about 10");
  }
  if (decoder.errors.msg_code == JERR_SOF_UNSUPPORTED) {
    const int type = decoder.errors.msg_parm.i[0];
    throw_unsupported(name, type == 0xc3 || type == 0xcb
                                ? "a lossless JPEG"
                                : "a JPEG of type SOF" + std::to_string(type & 15));
  }
  if (decoder.errors.msg_code == JERR_BAD_PRECISION) {
    throw_unsupported(name,
                      "a JPEG of " + std::to_string(decoder.errors.msg_parm.i[0]) + "-bit samples");
  }
  if (decoder.errors.msg_code == JERR_OUT_OF_MEMORY) {
    throw Error(ErrorCode::limit_exceeded, "'", name,
                "' is a JPEG that needs more memory than there is");
  }
  throw_invalid_data(name, std::string("is a corrupt JPEG: ") + decoder.message);
}

// Counts the scans from the current position, just after the first one's header, to the end marker.
// In pixel data, 0xff before such a byte is always a marker.
int count_scans(const Decoder& decoder) {
  const uint8_t* at = decoder.source.next_input_byte;
  const uint8_t* const last = at + decoder.source.bytes_in_buffer;
  int scans = 1;
  while (last - at >= 2) {
    at = static_cast<const uint8_t*>(std::memchr(at, 0xff, static_cast<size_t>(last - at - 1)));
    if (at == nullptr || at[1] == kEndOfImage) break;
    if (*++at == kStartOfScan) ++scans;
  }
  return scans;
}

void require(Step step, const Decoder& decoder, const std::string& name) {
  if (step == Step::suspended) {
    throw_invalid_data(name, "is truncated: the JPEG data ends before the image is complete");
  }
  if (step == Step::failed) throw_failure(decoder, name);
}

// Throws invalid_data, before memory is allocated, if the file cannot hold the pixels. Huffman
// coding takes at least one bit per 8 x 8 block of the largest component. libjpeg fills in blocks
// if an end marker comes early, so files with 1/64 of that are still accepted. Arithmetic coding
// has no such bound: files of the size of a camera image are accepted, and 1/16 of the bits above.
void check_data_size(const jpeg_decompress_struct& info, size_t file_bytes,
                     const std::string& name) {
  const int64_t pixels = static_cast<int64_t>(file_bytes) * 8 * 64 * 64;
  check_capacity(info.image_width, info.image_height,
                 info.arith_code ? pixels * 16 + kMaxBackgroundPixels : pixels, file_bytes, name);
}

// The segment's content after `prefix`; empty if it does not begin with it.
Bytes after_prefix(Bytes segment, std::string_view prefix) {
  const bool found = segment.size() > prefix.size() &&
                     std::memcmp(segment.data(), prefix.data(), prefix.size()) == 0;
  return found ? segment.subspan(prefix.size()) : Bytes();
}

// As in Pillow, EXIF segments are concatenated, and the last XMP segment counts.
int orientation_of(const Decoder& decoder) {
  using namespace std::string_view_literals;
  std::vector<uint8_t> exif;
  Bytes xmp;
  for (auto marker = decoder.info.marker_list; marker != nullptr; marker = marker->next) {
    const Bytes segment(marker->data, marker->data_length);
    const Bytes part = after_prefix(segment, "Exif\0\0"sv);
    exif.insert(exif.end(), part.begin(), part.end());
    const Bytes packet = after_prefix(segment, "http://ns.adobe.com/xap/1.0/\0"sv);
    if (!packet.empty()) xmp = packet;
  }
  return exif_orientation(exif, xmp);
}

}  // namespace

// The libjpeg decoder is created for each image, which takes a few microseconds: a reused one would
// decode a file that has no tables with the tables of the previous file.
void decode_jpeg(Bytes bytes, const std::string& name, const ImageLimits& limits, int min_side,
                 Raster& raster) {
  Decoder decoder;
  attach_source(decoder, bytes);
  require(read_header(decoder), decoder, name);
  const jpeg_decompress_struct& info = decoder.info;
  check_size(info.image_width, info.image_height, limits, name);
  check_data_size(info, bytes.size(), name);
  if (info.data_precision != 8) {
    throw_unsupported(name, "a JPEG of " + std::to_string(info.data_precision) + "-bit samples");
  }
  const int components = info.num_components;
  if (components != 1 && components != 3 && components != 4) {
    throw_unsupported(name, "a JPEG with " + std::to_string(components) + " components");
  }
  const PixelMode mode = components == 1   ? PixelMode::l
                         : components == 3 ? PixelMode::rgb
                                           : PixelMode::cmyk;
  const J_COLOR_SPACE space = components == 1   ? JCS_GRAYSCALE
                              : components == 3 ? JCS_RGB
                                                : JCS_CMYK;
  decoder.max_scans = static_cast<int>(std::clamp(
      kMaxScannedPixels / (int64_t{info.image_width} * info.image_height), kMinScans, kMaxScans));
  decoder.too_many_scans = count_scans(decoder) > decoder.max_scans;
  if (decoder.too_many_scans) throw_failure(decoder, name);
  const unsigned shrink = scale_denominator(info, min_side);
  require(start(decoder, space, shrink), decoder, name);
  reset_raster(mode, static_cast<int>(info.output_width), static_cast<int>(info.output_height),
               raster);
  if (shrink > 1) {
    raster.full_width = static_cast<int>(info.image_width);
    raster.full_height = static_cast<int>(info.image_height);
  }
  raster.orientation = orientation_of(decoder);
  require(read_rows(decoder, raster.pixels.data(), view(raster).row_bytes()), decoder, name);
  if (mode == PixelMode::cmyk) {
    // Adobe's convention, which Pillow assumes for every file: 255 means no ink.
    for (uint8_t& value : raster.pixels) value = static_cast<uint8_t>(255 - value);
  }
}

}  // namespace sightline::image

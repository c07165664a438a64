#include "image/write_jpeg.h"

#include <sightline/error.h>

#include <csetjmp>
#include <cstdio>  // before jpeglib.h, which needs FILE
#include <cstdlib>

#include <jpeglib.h>

namespace sightline {
namespace {

struct Failure {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
};

void jump_on_error(j_common_ptr info) {
  std::longjmp(reinterpret_cast<Failure*>(info->err)->jump, 1);
}

// Has no objects with destructors, because longjmp may leave it.
bool compress(const Image& image, int quality, ChromaSubsampling chroma, unsigned char** out,
              unsigned long* size) {
  jpeg_compress_struct info;
  Failure failure;
  info.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = jump_on_error;
  if (setjmp(failure.jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, out, size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.optimize_coding = TRUE;
  for (int c = 0; c < 3 && chroma == ChromaSubsampling::yuv444; ++c)
    info.comp_info[c].h_samp_factor = info.comp_info[c].v_samp_factor = 1;
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    const size_t at = static_cast<size_t>(info.next_scanline) * info.image_width * 3;
    JSAMPROW row = const_cast<JSAMPROW>(image.pixels.data() + at);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

std::string encode_jpeg(const Image& image, int quality, ChromaSubsampling chroma) {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const bool done = compress(image, quality, chroma, &bytes, &size);
  std::string jpeg = done ? std::string(reinterpret_cast<char*>(bytes), size) : std::string();
  std::free(bytes);
  if (!done) throw Error(ErrorCode::internal, "libjpeg could not encode an image");
  return jpeg;
}

}  // namespace sightline

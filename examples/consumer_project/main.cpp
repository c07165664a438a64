// Halves an image with the library's resize, which equals Pillow's, and prints whether the
// installed build supports Parquet.
#include <sightline/dataset.h>
#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/version.h>

#include <cstdio>

int main() {
  sightline::Image image{4, 2, std::vector<uint8_t>(4 * 2 * 3, 200)};
  const auto half = sightline::resize(image, 2, 1, sightline::ResizeFilter::bicubic);
  std::printf("sightline %s: %d x %d pixels of %d, parquet %s\n", sightline::kVersion, half.width,
              half.height, half.pixels[0], sightline::has_parquet() ? "on" : "off");
  try {
    sightline::decode_image({}, "nothing");
  } catch (const sightline::Error& error) {  // thrown in the library, caught here
    std::printf("%s: %s\n", std::string(sightline::error_code_name(error.code())).c_str(),
                error.what());
    return 0;
  }
  return 1;
}

// The library's side of tools/compare_pixels.py: reads one job a line, tab-separated, and answers
// with one line: "ok WIDTH HEIGHT SHA256", or "error MESSAGE".
//   decode FILE
//   resize FILE FILTER WIDTH HEIGHT
//   preprocess FILE openai|huggingface shortest_edge|squash FILTER SIZE CROP
#include <sightline/error.h>
#include <sightline/image.h>

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"

using namespace sightline;

namespace {

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> parts;
  std::istringstream in(line);
  for (std::string part; std::getline(in, part, '\t');) parts.push_back(part);
  return parts;
}

ResizeFilter filter(const std::string& name) {
  return name == "bilinear" ? ResizeFilter::bilinear : ResizeFilter::bicubic;
}

Image work(const std::vector<std::string>& job) {
  const std::string& file = job.at(1);
  const Raster raster = decode_raster(read_file(file, 1 << 30), file, OrientationProfile::stored);
  if (job[0] == "decode") return to_rgb(raster);
  if (job[0] == "resize") {
    return resize(to_rgb(raster), std::stoi(job.at(3)), std::stoi(job.at(4)), filter(job.at(2)));
  }
  PreprocessSpec spec;
  if (job.at(2) == "openai") {
    spec.order = PreprocessSpec::Order::openai;
    spec.crop_rounding = PreprocessSpec::CropRounding::half_even;
  }
  if (job.at(3) == "squash") spec.resize = PreprocessSpec::Resize::squash;
  spec.filter = filter(job.at(4));
  spec.resize_size = std::stoi(job.at(5));
  spec.crop_size = std::stoi(job.at(6));
  return preprocess_pixels(raster, spec);
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      const Image image = work(fields(line));
      std::cout << "ok " << image.width << ' ' << image.height << ' '
                << to_hex(sha256(image.pixels)) << std::endl;
    } catch (const Error& error) {
      std::cout << "error " << error.what() << std::endl;
    }
  }
}

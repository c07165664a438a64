// encode_rate MODEL COUNT IMAGES...: rates of encoding image files in memory, and COUNT texts, with
// the C++ library. Prints JSON. The counterpart of python_rate.py.
#include <sightline/encoder.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: encode_rate MODEL COUNT IMAGES...\n");
    return 2;
  }
  const sightline::Model model = sightline::Model::load(argv[1]);
  std::vector<std::vector<uint8_t>> files;
  std::vector<sightline::ImageInput> images;
  for (int i = 3; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  for (const auto& bytes : files) images.push_back({"image", bytes});
  std::vector<std::string> texts;
  for (int i = 0; i < std::stoi(argv[2]); ++i)
    texts.push_back("a photo of the object number " + std::to_string(i) + " on a table");
  const sightline::Encoder encoder(model);
  double image_rate = 0, text_rate = 0;
  for (int round = 0; round < 2; ++round) {  // the first warms up
    auto begin = std::chrono::steady_clock::now();
    encoder.encode_images(images);
    image_rate = static_cast<double>(images.size()) / seconds_since(begin);
    begin = std::chrono::steady_clock::now();
    encoder.encode_texts(texts);
    text_rate = static_cast<double>(texts.size()) / seconds_since(begin);
  }
  std::printf("{\"images\": %.1f, \"texts\": %.1f}\n", image_rate, text_rate);
}

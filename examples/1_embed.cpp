// How near is an image to some sentences?
//
//   1_embed MODEL IMAGE TEXT...
//
// MODEL is a folder as Hugging Face's CLIPModel.save_pretrained writes it, such as
// models/emoji-vit-8.
#include <sightline/encoder.h>
#include <sightline/error.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <numeric>

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::fprintf(stderr, "usage: 1_embed MODEL IMAGE TEXT...\n");
    return 2;
  }
  const auto model = sightline::Model::load(argv[1]);
  const sightline::Encoder encoder(model);

  std::ifstream file(argv[2], std::ios::binary);
  const std::vector<uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
  const sightline::ImageInput image{argv[2], bytes};
  const auto images = encoder.encode_images({&image, 1});
  if (images.errors[0]) {  // a broken file fails alone; in a batch the others are fine
    std::fprintf(stderr, "%s\n", images.errors[0]->c_str());
    return 1;
  }

  const std::vector<std::string> texts(argv + 3, argv + argc);
  const auto sentences = encoder.encode_texts(texts);

  // Rows are of unit length: their dot product is the cosine of the angle between them.
  const auto p = images.vectors.row(0);
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto t = sentences.vectors.row(static_cast<int64_t>(i));
    std::printf("%7.4f  %s\n", std::inner_product(p.begin(), p.end(), t.begin(), 0.0),
                texts[i].c_str());
  }
  return 0;
} catch (const sightline::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}

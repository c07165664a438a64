// Encodes images and writes their vectors with ids and provenance, for 2_search.
//
//   1_embed MODEL OUT.npy IMAGE...
//
// MODEL is a model directory, such as models/emoji-vit-8.
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/vectors.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::fprintf(stderr, "usage: 1_embed MODEL OUT.npy IMAGE...\n");
    return 2;
  }
  const auto model = sightline::Model::load(argv[1]);
  const sightline::Encoder encoder(model);
  sightline::VectorSetWriter set(argv[2], model.info().embedding_dim,
                                 sightline::provenance_of(model, sightline::VectorKind::images));
  for (int i = 3; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::vector<uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
    const sightline::ImageInput image{argv[i], bytes};
    const auto encoded = encoder.encode_images({&image, 1});  // in practice, a batch per call
    if (encoded.errors[0]) {
      std::fprintf(stderr, "skipped: %s\n", encoded.errors[0]->c_str());
      continue;
    }
    set.add(encoded.vectors.row(0), {std::filesystem::absolute(argv[i]), {}, {}});
  }
  std::printf("%lld vectors\n", static_cast<long long>(set.rows()));
  set.close();
  return 0;
} catch (const sightline::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}

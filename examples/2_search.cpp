// Which images of a data set show what a sentence says?
//
//   2_search MODEL DATASET TEXT
//
// DATASET is a folder of images, an ImageFolder, or a Parquet file. It is read as a stream: only
// one batch of images is in memory at a time, and the vectors.
#include <sightline/dataset.h>
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/experiment.h>

#include <cstdio>

namespace {

constexpr size_t kBatch = 32;
constexpr int kHits = 5;

struct Catalogue {
  std::vector<std::string> ids;
  sightline::Matrix vectors;  // (ids, D)
};

void add(Catalogue& catalogue, const sightline::Encoder& encoder,
         std::vector<sightline::Row>& batch) {
  std::vector<sightline::ImageInput> inputs;
  for (const auto& row : batch) inputs.push_back({row.id, row.image});
  const auto encoded = encoder.encode_images(inputs);
  for (size_t i = 0; i < batch.size(); ++i) {
    if (encoded.errors[i]) {
      std::fprintf(stderr, "left out: %s\n", encoded.errors[i]->c_str());
      continue;
    }
    const auto vector = encoded.vectors.row(static_cast<int64_t>(i));
    catalogue.ids.push_back(batch[i].id);
    catalogue.vectors.values.insert(catalogue.vectors.values.end(), vector.begin(), vector.end());
    ++catalogue.vectors.rows;
  }
  batch.clear();
}

Catalogue read_catalogue(const sightline::Model& model, const char* path) {
  const sightline::Encoder encoder(model);
  const auto dataset = sightline::open_dataset(path);
  Catalogue catalogue;
  catalogue.vectors.dim = model.info().embedding_dim;
  std::vector<sightline::Row> batch;
  while (auto row = dataset->next()) {
    if (!row->error) batch.push_back(std::move(*row));
    if (batch.size() == kBatch) add(catalogue, encoder, batch);
  }
  add(catalogue, encoder, batch);
  return catalogue;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fprintf(stderr, "usage: 2_search MODEL DATASET TEXT\n");
    return 2;
  }
  const auto model = sightline::Model::load(argv[1]);
  const Catalogue catalogue = read_catalogue(model, argv[2]);
  const std::string text = argv[3];
  const auto query = sightline::Encoder(model).encode_texts({&text, 1});
  const auto hits = sightline::top_k(query.vectors, catalogue.vectors, kHits);
  for (const auto& hit : hits[0]) {
    std::printf("%7.4f  %s\n", hit.similarity,
                catalogue.ids[static_cast<size_t>(hit.index)].c_str());
  }
  return 0;
} catch (const sightline::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}

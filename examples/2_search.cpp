// Searches a vector set by text and by image:  2_search MODEL VECTORS.npy TEXT IMAGE
#include <sightline/error.h>
#include <sightline/search.h>

#include <cstdio>

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::fprintf(stderr, "usage: 2_search MODEL VECTORS.npy TEXT IMAGE\n");
    return 2;
  }
  const auto model = sightline::Model::load(argv[1]);
  const auto vectors = sightline::open_vector_collection(argv[2]);
  const sightline::Query queries[] = {sightline::text_query(argv[3]),
                                      sightline::image_query(argv[4])};
  const auto result = sightline::search_collection(*vectors, model, queries, {.k = 5});
  for (const auto& query : result.queries) {
    std::printf("%s\n", query.name.c_str());
    for (const auto& hit : query.hits)
      std::printf("%7.4f  %s\n", hit.similarity, hit.item.id.c_str());
  }
  return 0;
} catch (const sightline::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}

// Measures how often models retrieve an image by its caption.
//
//   3_evaluate MODEL... DATASET
//
// The same experiment as `sightline eval`: several models and one data set, with the same rows for
// all models.
#include <sightline/error.h>
#include <sightline/experiment.h>

#include <cstdio>

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "usage: 3_evaluate MODEL... DATASET\n");
    return 2;
  }
  sightline::ExperimentOptions options;
  options.models.assign(argv + 1, argv + argc - 1);
  options.input.dataset.path = argv[argc - 1];
  options.top_k = 5;
  const auto result = sightline::run_experiment(options);

  std::printf("%zu images, %zu captions\n", result.rows.size(), result.text_row.size());
  for (const auto& model : result.models) {
    const auto& found = model.metrics.text_to_image;
    std::printf("%s: R@1 %.3f  R@5 %.3f  R@10 %.3f  median rank %.1f\n", model.label.c_str(),
                found.recall_at_1, found.recall_at_5, found.recall_at_10, found.median_rank);
  }
  for (const auto& skip : result.skipped) {
    std::fprintf(stderr, "skipped: %s: %s\n", skip.id.c_str(), skip.reason.c_str());
  }
  return 0;
} catch (const sightline::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}

// From files to vectors against the tower alone, as a JSON line.
//   bench_pipeline MODEL FOLDER [--precision P] [--batch B] [--rounds N] [--fast]
#include <sightline/error.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rates/image_rates.h"

int main(int argc, char** argv) try {
  using namespace sightline;
  ModelOptions options;
  options.load_text_tower = false;
  int64_t batch = 32;
  int rounds = 3;
  std::vector<std::string> paths;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const bool more = i + 1 < argc;
    if (arg == "--precision" && more) {
      options.precision = sightline::parse_precision(argv[++i]);
    } else if (arg == "--batch" && more) {
      batch = std::atoll(argv[++i]);
    } else if (arg == "--rounds" && more) {
      rounds = std::atoi(argv[++i]);
    } else if (arg == "--fast") {
      options.decode = DecodeProfile::fast;
    } else {
      paths.push_back(arg);
    }
  }
  if (paths.size() != 2) {
    std::fprintf(stderr,
                 "usage: bench_pipeline MODEL FOLDER [--precision P] [--batch B] "
                 "[--rounds N] [--fast]\n");
    return 2;
  }
  const Model model = Model::load(paths[0], options);
  const auto rate = bench::end_to_end_rate(model, bench::files_of(paths[1]), batch, rounds);
  const nlohmann::ordered_json row = {
      {"what", "end_to_end"},
      {"precision", precision_name(*options.precision)},
      {"decode", options.decode == DecodeProfile::fast ? "fast" : "exact"},
      {"batch", batch},
      {"images", rate.images},
      {"per_second", rate.end_to_end},
      {"tower_per_second", rate.tower},
      {"share_of_tower", rate.ratio}};
  std::printf("%s\n", row.dump().c_str());
  return 0;
} catch (const sightline::Error& error) {
  std::fprintf(stderr, "bench_pipeline: %s\n", error.what());
  return 1;
}

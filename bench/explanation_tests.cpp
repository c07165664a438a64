// Whether heat maps show what the model found, as JSON lines (docs/explanations.md).
//   bench_explanation_tests --dataset FOLDER [--images N] [--seed S] [--chosen] MODEL...
//   --chosen: only the default, and RISE with 1,000 masks
// FOLDER: the sample data of `sightline dataset emoji`. Each image is composed of four emoji, and
// the text is the caption of one of them. For every model and method:
//   pointing    share of maps whose maximum is in the quarter of that emoji; chance 0.25
//   deletion    area between the deletion curves of random cells and of the hottest cells
//   randomised  rank correlation with the map of the same model with shuffled weights
// Each has a 95 % bootstrap interval over images.
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/explain.h>
#include <sightline/rows.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/temporary_path.h"
#include "explain/faithfulness.h"
#include "explain/masked_encoder.h"

namespace {

using namespace sightline;
using Clock = std::chrono::steady_clock;

constexpr int kRandomOrders = 5;

struct Arguments {
  std::string dataset;
  int images = 100;
  uint64_t seed = 1;
  bool chosen = false;
  std::vector<std::string> models;
};

struct Emoji {
  Image image;
  std::string caption, base, split;
};

struct Scene {
  Image image;
  std::string text;
  int quarter = 0;
};

std::vector<Emoji> read_emoji(const std::string& folder) {
  RowReader reader(DatasetInput{.path = folder, .options = {}, .splits = {}});
  std::vector<Emoji> out;
  while (auto row = reader.next()) {
    if (row->error || row->captions.empty()) continue;
    out.push_back(
        {decode_image(row->image, row->id), row->captions.front(), row->extra["base"], row->split});
  }
  return out;
}

// Scenes of four emoji of different families, all in the training split or all held out.
std::vector<Scene> make_scenes(const std::vector<Emoji>& emoji, bool held_out, int count,
                               uint64_t seed) {
  std::vector<const Emoji*> pool;
  for (const Emoji& one : emoji)
    if ((one.split != "train") == held_out) pool.push_back(&one);
  if (pool.size() < 8) throw Error(ErrorCode::invalid_data, "the data set has too few emoji");
  std::mt19937_64 random(seed);
  std::vector<Scene> scenes;
  while (static_cast<int>(scenes.size()) < count) {
    std::vector<Image> parts;
    std::vector<const Emoji*> chosen;
    while (chosen.size() < 4) {
      const Emoji* one = pool[random() % pool.size()];
      if (std::ranges::any_of(chosen, [&](const Emoji* o) { return o->base == one->base; }))
        continue;
      chosen.push_back(one);
      parts.push_back(one->image);
    }
    const auto quarter = static_cast<int>(random() % 4);
    scenes.push_back({four_in_one(parts), chosen[static_cast<size_t>(quarter)]->caption, quarter});
  }
  return scenes;
}

// The mean with its percentile bootstrap interval, and the values, for paired comparisons.
Json mean_with_interval(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  std::mt19937_64 random(7);
  std::vector<double> means(2000);
  for (double& mean : means) {
    for (size_t i = 0; i < values.size(); ++i) mean += values[random() % values.size()] / count;
  }
  std::ranges::sort(means);
  double sum = 0;
  for (const double value : values) sum += value;
  return {{"mean", sum / count}, {"low", means[50]}, {"high", means[1949]}, {"values", values}};
}

struct Method {
  MaskMethod method;
  MaskFill fill;
  int window;     // of occlusion
  int64_t masks;  // of rise
};

constexpr std::array kMethods = {
    Method{MaskMethod::occlusion, MaskFill::mean, 1, 0},
    Method{MaskMethod::occlusion, MaskFill::mean, 2, 0},
    Method{MaskMethod::occlusion, MaskFill::mean, 3, 0},
    Method{MaskMethod::occlusion, MaskFill::blur, 2, 0},
    Method{MaskMethod::rise, MaskFill::mean, 0, 100},
    Method{MaskMethod::rise, MaskFill::mean, 0, 1000},
};

bool is_chosen(const Method& method) {
  return method.window == 3 || method.masks == 1000;
}

// Shared by all methods: inputs, targets and the areas of random orders.
struct Prepared {
  std::vector<std::vector<float>> pixels;
  EncodedTexts texts, shuffled_texts;
  std::array<std::vector<double>, 2> random_areas;  // by MaskFill
};

ExplainOptions options_of(MaskFill fill, int cells) {
  ExplainOptions options;
  options.fill = fill;
  options.cells = cells;
  return options;
}

Prepared prepare(const Model& model, const Model& shuffled, const std::vector<Scene>& scenes) {
  Prepared out;
  std::vector<std::string> texts;
  for (const Scene& scene : scenes) {
    out.pixels.push_back(model_pixels(scene.image, model.preprocess()));
    texts.push_back(scene.text);
  }
  out.texts = Encoder(model).encode_texts(texts);
  out.shuffled_texts = Encoder(shuffled).encode_texts(texts);
  const int cells = default_cells(model.info());
  for (const MaskFill fill : {MaskFill::mean, MaskFill::blur}) {
    for (size_t i = 0; i < scenes.size(); ++i) {
      const MaskedEncoder encoder(model, out.pixels[i],
                                  out.texts.vectors.row(static_cast<int64_t>(i)),
                                  options_of(fill, cells));
      double area = 0;
      for (uint64_t order = 0; order < kRandomOrders; ++order)
        area += deletion_area(encoder, random_order(cells * cells, order), cells) / kRandomOrders;
      out.random_areas[static_cast<size_t>(fill)].push_back(area);
    }
  }
  return out;
}

Json measure(const Model& model, const Model& shuffled, const std::vector<Scene>& scenes,
             const Prepared& prepared, const Method& method) {
  const int cells = default_cells(model.info());
  ExplainOptions options = options_of(method.fill, cells);
  options.method = method.method;
  if (method.window > 0) options.window = method.window;
  if (method.masks > 0) options.masks = method.masks;
  std::vector<double> pointing, deletion[2], randomised;
  double seconds = 0;
  for (size_t i = 0; i < scenes.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const auto start = Clock::now();
    const HeatMap map =
        heat_map(model, prepared.pixels[i], prepared.texts.vectors.row(row), options);
    seconds += std::chrono::duration<double>(Clock::now() - start).count();
    pointing.push_back(hottest_quarter(map) == scenes[i].quarter);
    for (const MaskFill fill : {MaskFill::mean, MaskFill::blur}) {
      const MaskedEncoder encoder(model, prepared.pixels[i], prepared.texts.vectors.row(row),
                                  options_of(fill, cells));
      const auto f = static_cast<size_t>(fill);
      deletion[f].push_back(prepared.random_areas[f][i] -
                            deletion_area(encoder, hottest_first(map), cells));
    }
    const double correlation = rank_correlation(
        map,
        heat_map(shuffled, prepared.pixels[i], prepared.shuffled_texts.vectors.row(row), options));
    if (std::isfinite(correlation)) randomised.push_back(correlation);
  }
  return {{"method", mask_method_name(method.method)},
          {"fill", mask_fill_name(method.fill)},
          {"window", method.window},
          {"masks", method.masks},
          {"cells", cells},
          {"images", scenes.size()},
          {"seconds_per_map", seconds / static_cast<double>(scenes.size())},
          {"pointing", mean_with_interval(pointing)},
          {"deletion_mean_fill", mean_with_interval(deletion[0])},
          {"deletion_blur_fill", mean_with_interval(deletion[1])},
          {"randomised", mean_with_interval(randomised)}};
}

Arguments parse(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--dataset" && i + 1 < argc) {
      out.dataset = argv[++i];
    } else if (word == "--images" && i + 1 < argc) {
      out.images = std::atoi(argv[++i]);
    } else if (word == "--chosen") {
      out.chosen = true;
    } else if (word == "--seed" && i + 1 < argc) {
      out.seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      out.models.push_back(word);
    }
  }
  if (out.dataset.empty() || out.images < 2 || out.models.empty()) {
    throw Error(
        ErrorCode::invalid_argument,
        "usage: bench_explanation_tests --dataset FOLDER [--images N] [--seed S] [--chosen] "
        "MODEL...");
  }
  return out;
}

void run(const Arguments& arguments) {
  const std::vector<Emoji> emoji = read_emoji(arguments.dataset);
  for (const std::string& spec : arguments.models) {
    const ScratchFolder scratch;
    shuffle_weights(spec, scratch.path() / "shuffled", arguments.seed);
    const Model model = Model::load(spec);
    const Model shuffled = Model::load(scratch.path() / "shuffled");
    for (const bool held_out : {false, true}) {
      const auto scenes = make_scenes(emoji, held_out, arguments.images, arguments.seed);
      const Prepared prepared = prepare(model, shuffled, scenes);
      for (const Method& method : kMethods) {
        if (arguments.chosen && !is_chosen(method)) continue;
        Json row = measure(model, shuffled, scenes, prepared, method);
        row["model"] = model.info().name;
        row["emoji"] = held_out ? "held out" : "train";
        std::printf("%s\n", json_text(row).c_str());
        std::fflush(stdout);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_explanation_tests: %s\n", error.what());
    return 1;
  }
  return 0;
}

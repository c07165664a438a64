#include "train/fine_tune/read_images.h"

#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/image_properties.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "base/parallel.h"
#include "base/text.h"

namespace sightline {
namespace {

constexpr size_t kRowsAtOnce = 64;

// JPEG files are decoded at about 64 pixels, which is enough for a perceptual hash.
PreprocessSpec sketch_spec() {
  PreprocessSpec spec;
  spec.resize_size = spec.crop_size = 64;
  spec.resize = PreprocessSpec::Resize::squash;
  spec.decode = DecodeProfile::fast;
  return spec;
}

// Of an image; `problem`: why it cannot be decoded, else empty.
struct Sketched {
  ImageSketch sketch;
  std::string problem;
};

Sketched sketch_of(const Row& row) {
  try {
    const Raster raster = decode_raster(row.image, row.id, sketch_spec());
    PreprocessSpec small = sketch_spec();
    small.resize_size = small.crop_size = 8;
    ImageSketch sketch;
    sketch.hash = perceptual_hash(raster);
    const Image pixels = preprocess_pixels(raster, small);
    std::copy_n(pixels.pixels.begin(), sketch.colours.size(), sketch.colours.begin());
    return {sketch, ""};
  } catch (const Error& error) {
    return {{}, error.what()};
  }
}

// Collects rows; images that repeat give their captions to the first row.
class Collector {
 public:
  Collector(SplitPlan& plan, bool sketches) : plan_(plan), sketches_(sketches) {}

  void add(std::vector<Row>& rows) {
    std::vector<Digest> digests(rows.size());
    std::vector<Sketched> sketches(rows.size());
    parallel_each(static_cast<int64_t>(rows.size()), [&](int, int64_t i) {
      const auto n = static_cast<size_t>(i);
      digests[n] = sha256(rows[n].image);
      sketches[n] = sketches_ ? sketch_of(rows[n]) : Sketched{};
    });
    for (size_t i = 0; i < rows.size(); ++i) {
      if (sketches[i].problem.empty()) {
        add(std::move(rows[i]), digests[i], sketches[i].sketch);
      } else {
        plan_.skipped.push_back({rows[i].id, sketches[i].problem});
      }
    }
    rows.clear();
  }

 private:
  void add(Row&& row, const Digest& digest, const ImageSketch& sketch) {
    const auto [index, is_new] = index_.try_emplace(digest, plan_.images.size());
    if (is_new) {
      plan_.images.push_back(
          {digest, std::move(row.id), std::move(row.captions), std::move(row.split), sketch});
    } else {
      std::ranges::move(row.captions, std::back_inserter(plan_.images[index->second].captions));
    }
  }

  SplitPlan& plan_;
  bool sketches_;
  std::map<Digest, size_t> index_;
};

// Removes blank captions; returns whether one is left.
bool keep_captions(Row& row) {
  std::erase_if(row.captions, [](const std::string& caption) { return is_blank(caption); });
  return !row.captions.empty();
}

}  // namespace

SplitPlan read_images_of(const std::filesystem::path& dataset,
                         const std::vector<std::string>& splits, bool sketches,
                         const ProgressFn& progress) {
  SplitPlan plan;
  plan.input.path = dataset;
  plan.input.splits = splits;
  RowReader reader(plan.input);
  Collector collector(plan, sketches);
  std::vector<Row> rows;
  int64_t seen = 0;
  const std::string stage = "comparing the images of " + dataset.filename().string();
  while (auto row = reader.next()) {
    ++seen;
    if (row->error) {
      plan.skipped.push_back({row->id, *row->error});
    } else if (!keep_captions(*row)) {
      plan.skipped.push_back({row->id, "it has no caption"});
    } else {
      rows.push_back(std::move(*row));
    }
    if (rows.size() < kRowsAtOnce) continue;
    collector.add(rows);
    if (progress) progress({stage, seen, reader.size(), "", ""});
  }
  collector.add(rows);
  if (plan.images.empty()) {
    throw Error(ErrorCode::invalid_data, "'", dataset.string(),
                "' has no image with a caption that can be read (",
                counted(std::ssize(plan.skipped), "row"), " skipped",
                plan.skipped.empty() ? "" : ", the first: " + plan.skipped.front().reason, ")");
  }
  return plan;
}

bool has_split(const std::filesystem::path& dataset, const std::string& split) {
  DatasetOptions options;
  options.split = split;
  try {
    return open_dataset(dataset, options)->next().has_value();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return false;
  }
}

}  // namespace sightline

#include "measure/measure.h"

#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "base/file.h"
#include "encode/encode_rows.h"
#include "encode/model_access.h"
#include "measure/image_files.h"
#include "measure/interleaved_rounds.h"
#include "measure/peak_memory.h"
#include "measure/preprocess_rate.h"
#include "measure/read_bandwidth.h"
#include "measure/roofline/recording_ops.h"
#include "measure/roofline/roofline_baseline.h"
#include "measure/sample_captions.h"
#include "measure/search_rates.h"
#include "tensor/pool.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int kImages = 64;
// Texts in a round, at least: captions differ in length.
constexpr int64_t kTextsAtLeast = 32;
// More than any last-level cache holds.
constexpr int64_t kReadBytes = 512LL << 20;

// Null where oneDNN has no implementation in this precision (the cpu backend's kernels may).
std::unique_ptr<RooflineBaseline> baseline_of(const RooflineWork& work, Precision precision) {
  try {
    return create_roofline_baseline(work, precision);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unsupported) throw;
    return nullptr;
  }
}

// Measures one model at one precision.
class Session {
 public:
  Session(const fs::path& path, Precision precision, const MeasureOptions& options)
      : options_(options),
        model_(load(path, precision, options)),
        precision_(precision_name(precision)) {
    ModelAccess::wrap_ops(model_, [this](std::unique_ptr<Ops> ops) {
      auto wrapped = std::make_unique<RecordingOps>(std::move(ops));
      recorder_ = wrapped.get();
      return wrapped;
    });
  }

  const Model& model() const { return model_; }
  const std::string& precision() const { return precision_; }

  Rate image(int64_t batch) {
    const std::vector<float> pixels = random_pixels(batch);
    return tower("image", batch, batch, [&] { model_.encode_pixels(pixels, batch); });
  }

  Rate text(int64_t batch) {
    const auto& captions = options_.captions.empty() ? sample_captions() : options_.captions;
    const int64_t calls = std::max<int64_t>(1, kTextsAtLeast / batch);
    std::vector<std::vector<std::string>> slices(static_cast<size_t>(calls));
    size_t next = 0;
    for (auto& slice : slices) {
      for (int64_t i = 0; i < batch; ++i) slice.push_back(captions[next++ % captions.size()]);
    }
    const Encoder encoder(model_);
    return tower("text", batch, calls * batch, [&] {
      for (const auto& slice : slices) encoder.encode_texts(slice);
    });
  }

  // From files (in the page cache) to vectors, interleaved with the tower alone.
  Rate end_to_end(const ImageFiles& files, int64_t batch) {
    ModelEncoder encoder(model_, {.batch_size = batch, .limits = {}});
    // Several whole batches, so that work of successive batches can overlap.
    const auto count = static_cast<int64_t>(files.paths().size());
    const int64_t images = std::max<int64_t>(count, 3 * batch) / batch * batch;
    const std::vector<float> pixels = random_pixels(batch);
    const auto times = run_interleaved({[&] { encode_files(encoder, files, images, batch); },
                                        [&] { model_.encode_pixels(pixels, batch); }},
                                       options_.rounds, options_.least_seconds);
    Rate rate{"end_to_end", precision_, batch, 0, 0, {}, {}, {}};
    rate.per_second = static_cast<double>(images) / times[0].median;
    rate.best_per_second = static_cast<double>(images) / times[0].best;
    rate.roofline_per_second = static_cast<double>(batch) / times[1].median;
    rate.share_of_roofline = rate.per_second / *rate.roofline_per_second;
    return rate;
  }

  // Encodes the largest batch twice, to allocate what a long run needs.
  void warm_up(bool image, bool text) {
    const int64_t batch = *std::max_element(options_.batches.begin(), options_.batches.end());
    for (int i = 0; i < 2; ++i) {
      if (image) model_.encode_pixels(random_pixels(batch), batch);
      if (text) Encoder(model_).encode_texts(sample_captions());
    }
  }

 private:
  static Model load(const fs::path& path, Precision precision, const MeasureOptions& options) {
    const auto wanted = [&](const char* what) {
      return options.what.empty() || std::ranges::find(options.what, what) != options.what.end();
    };
    ModelOptions model = options.model;
    model.precision = precision;
    model.load_image_tower = wanted("image") || wanted("end_to_end") || wanted("preprocess");
    model.load_text_tower = wanted("text");
    return Model::load(path, model);
  }

  std::vector<float> random_pixels(int64_t batch) const {
    const int64_t side = model_.info().image_size;
    std::vector<float> pixels(static_cast<size_t>(batch * 3 * side * side));
    uint32_t state = 1;
    for (float& value : pixels) {
      state = state * 1664525u + 1013904223u;
      value = static_cast<float>(state >> 8) * 0x1p-22f - 2.f;
    }
    return pixels;
  }

  Rate tower(const char* what, int64_t batch, int64_t items, const std::function<void()>& encode) {
    std::vector<std::function<void()>> jobs = {encode};
    std::unique_ptr<RooflineBaseline> baseline;
    double operations = 0;
    if (options_.roofline) {
      recorder_->start();
      encode();
      const RooflineWork work = recorder_->stop();
      operations = work.operations();
      baseline = baseline_of(work, recorder_->precision());
      if (baseline) jobs.push_back([&] { baseline->run(); });
    }
    const auto times = run_interleaved(jobs, options_.rounds, options_.least_seconds);
    const auto count = static_cast<double>(items);
    Rate rate{what, precision_, batch, count / times[0].median, count / times[0].best, {}, {}, {}};
    if (baseline) {
      rate.roofline_per_second = count / times[1].median;
      rate.roofline_operations = operations / times[1].median;
      rate.share_of_roofline = times[1].median / times[0].median;
    }
    return rate;
  }

  // As `sightline encode` does: each file is read when the encoder asks for it.
  static void encode_files(DualEncoder& encoder, const ImageFiles& files, int64_t images,
                           int64_t batch) {
    int64_t next = 0;
    RowReader rows(
        [&]() -> std::optional<Row> {
          if (next == images) return std::nullopt;
          Row row;
          const fs::path& path = files.paths()[static_cast<size_t>(next++) % files.paths().size()];
          row.id = path.string();
          row.image = read_file(path, ImageLimits{}.max_bytes);
          return row;
        },
        images, "files");
    encode_rows_with(rows, encoder, {.batch_size = batch, .cache = {}, .progress = {}},
                     "encoding images", [](EncodedRow&&) {});
  }

  const MeasureOptions& options_;
  Model model_;
  RecordingOps* recorder_ = nullptr;  // owned by the model
  std::string precision_;
};

std::vector<std::string> what_to_measure(const ModelInfo& info, const MeasureOptions& options) {
  if (options.what.empty()) {
    std::vector<std::string> all;
    if (info.has_image) all = {"image", "preprocess", "end_to_end"};
    if (info.has_text) all.insert(all.begin() + (info.has_image ? 1 : 0), "text");
    all.push_back("search");
    return all;
  }
  for (const std::string& what : options.what) {
    if (what != "image" && what != "text" && what != "preprocess" && what != "end_to_end" &&
        what != "search") {
      throw Error(ErrorCode::invalid_argument, "'", what,
                  "' cannot be measured, expected image, text, preprocess, end_to_end or search");
    }
    if (what == "search") continue;
    if (what == "text" ? !info.has_text : !info.has_image) {
      throw Error(ErrorCode::invalid_argument, "the model '", info.name, "' has no ",
                  (what == "text" ? "text" : "image"), " tower, so '", what,
                  "' cannot be measured");
    }
  }
  return options.what;
}

void check(const MeasureOptions& options) {
  if (options.batches.empty() || options.precisions.empty())
    throw Error(ErrorCode::invalid_argument, "nothing to measure: no batch size or no precision");
  for (const int64_t batch : options.batches) {
    if (batch < 1 || batch > 4096)
      throw Error(ErrorCode::invalid_argument, "batch size ", batch, ", expected 1 to 4096");
  }
}

}  // namespace

Measurements measure_model(const fs::path& path, const MeasureOptions& options,
                           const ProgressFn& progress) {
  check(options);
  Measurements result;
  std::unique_ptr<ImageFiles> files;
  int64_t done = 0, total = -1;
  const auto step = [&](const std::string& note) {
    if (progress) progress({"measuring", done, total, note});
    ++done;
  };
  for (const Precision precision : options.precisions) {
    pool_trim();
    reset_peak_memory();
    Session session(path, precision, options);
    result.model = session.model().info();
    const auto what = what_to_measure(result.model, options);
    const auto wanted = [&](const char* name) {
      return std::ranges::find(what, name) != what.end();
    };
    const bool image = wanted("image") || wanted("end_to_end");
    if (total < 0) {
      const auto batches = static_cast<int64_t>(options.batches.size());
      const int64_t each = (wanted("image") + wanted("text")) * batches + wanted("end_to_end");
      total = each * static_cast<int64_t>(options.precisions.size()) + wanted("preprocess") +
              wanted("search") + options.roofline;
    }
    session.warm_up(image, wanted("text"));
    result.peak_memory.push_back({session.precision(), peak_memory_bytes()});
    if (!files && (wanted("end_to_end") || wanted("preprocess"))) {
      files = options.images.empty() ? std::make_unique<ImageFiles>(kImages)
                                     : std::make_unique<ImageFiles>(options.images, kImages);
      result.images = static_cast<int64_t>(files->paths().size());
      result.mean_image_bytes = files->mean_bytes();
      result.synthetic_images = options.images.empty();
      if (wanted("preprocess")) {
        step("preprocess");
        result.rates.push_back(preprocess_rate(session.model().preprocess(), *files, options));
      }
    }
    for (const char* tower : {"image", "text"}) {
      for (const int64_t batch : wanted(tower) ? options.batches : std::vector<int64_t>{}) {
        step(std::string(tower) + " " + session.precision() + ", batch " + std::to_string(batch));
        result.rates.push_back(tower == std::string("image") ? session.image(batch)
                                                             : session.text(batch));
      }
    }
    if (wanted("end_to_end")) {
      step("end_to_end " + session.precision());
      result.rates.push_back(
          session.end_to_end(*files, *std::ranges::max_element(options.batches)));
    }
  }
  if (options.what.empty() || std::ranges::find(options.what, "search") != options.what.end()) {
    step("search");
    for (Rate& rate : search_rates(result.model.embedding_dim, options))
      result.rates.push_back(std::move(rate));
  }
  if (options.roofline) {
    step("memory");
    result.read_bytes_per_second = read_bandwidth(kReadBytes, options.rounds);
  }
  step("");
  return result;
}

}  // namespace sightline

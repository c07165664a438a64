#include "tune/trial_data.h"

#include <sightline/encode.h>
#include <sightline/error.h>
#include <sightline/version.h>

#include <algorithm>
#include <chrono>

#include "base/json.h"
#include "base/text.h"
#include "encode/dual_encoder.h"
#include "eval/gather_rows.h"
#include "eval/similarity.h"
#include "search/fuse_texts.h"
#include "tensor/tensor.h"

namespace sightline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSimilar = 0.95;  // cosine of near-duplicates, as in NearDuplicateOptions

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

// Of the rows of a data set, those at the given positions, which ascend.
RowReader rows_at(const DatasetInput& input, std::vector<int64_t> positions) {
  struct Source {
    RowReader rows;
    std::vector<int64_t> wanted;
    int64_t position = -1;
    size_t next = 0;
  };
  const auto source = std::make_shared<Source>(Source{RowReader(input), std::move(positions)});
  return RowReader(
      [source]() -> std::optional<Row> {
        while (source->next < source->wanted.size()) {
          std::optional<Row> one = source->rows.next();
          if (!one) break;
          if (++source->position != source->wanted[source->next]) continue;
          ++source->next;
          return one;
        }
        return std::nullopt;
      },
      std::ssize(source->wanted), source->rows.format());
}

}  // namespace

TrialData::TrialData(const TuningPlan& plan, const RunnerOptions& options,
                     std::span<const Configuration> configurations)
    : data_(plan.data),
      seed_(plan.seed),
      options_(options),
      store_(options.folder),
      rows_(read_tuning_rows(plan.data, options.encode.progress)),
      default_(configurations.front()) {
  identify(configurations);
  std::vector<int64_t> all(rows_.rows.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
  all_ = {"all", std::move(all)};
  divide();
}

std::string TrialData::located(const std::string& model) const {
  return options_.locate_model ? options_.locate_model(model) : model;
}

void TrialData::add_model(const std::string& model, const std::string& path) {
  ModelOptions settings = options_.model;
  settings.precision = Precision::fp32;
  settings.load_image_tower = settings.load_text_tower = false;
  const Model loaded = Model::load(path, settings);
  require_both_towers(loaded.info(), model);
  models_[model] = {loaded.info().fingerprint, loaded.info().parameters};
}

void TrialData::use_trained_model(const std::string& path) {
  if (trained_ == path) return;
  models_.erase(trained_);
  passing_ = VectorStore("");
  add_model(path, path);
  trained_ = path;
}

// Models by fingerprint, and rows by their content.
void TrialData::identify(std::span<const Configuration> configurations) {
  Sha256 digest;
  digest.update(std::string(kVersion));
  for (const Configuration& c : configurations)
    if (!models_.contains(c.model)) add_model(c.model, located(c.model));
  for (const auto& [model, known] : models_) digest.update(model + "\n" + known.fingerprint + "\n");
  for (const TuningRow& r : rows_.rows) {
    digest.update(json_text(Json{r.dataset, r.id, r.split, r.captions, r.fields}));
    digest.update(r.digest);
  }
  fingerprint_ = to_hex(digest.digest());
}

// Near-duplicates are found by the default's vectors, which its trial needs anyway.
void TrialData::divide() {
  const Matrix& vectors = store_.get(image_key(default_) + all_.name, [&] {
    return encode_images(default_, all_, options_.encode.progress);
  });
  const auto groups = near_duplicate_groups(rows_.rows, [&](int64_t a, int64_t b) {
    return similarity(vectors.row(a), vectors.row(b)) >= kSimilar;
  });
  split_ = split_rows(rows_.rows, groups, data_, seed_);
  for (int64_t i = 0; i < vectors.rows; ++i)
    if (std::ranges::all_of(vectors.row(i), [](float x) { return x == 0; })) undecodable_.insert(i);
}

Json TrialData::summary() const {
  return {{"images", rows_.rows.size()},           {"selection_images", split_.selection.size()},
          {"report_images", split_.report.size()}, {"groups", split_.groups},
          {"largest_group", split_.largest_group}, {"left_out", split_.left_out},
          {"repeated_rows", rows_.repeated},       {"skipped_rows", rows_.skipped}};
}

std::string TrialData::image_key(const Configuration& c) const {
  return json_text(Json{fingerprint_, models_.at(c.model).fingerprint,
                        precision_name(c.precision.value_or(Precision::fp32)),
                        c.orientation == OrientationProfile::stored,
                        c.decode == DecodeProfile::fast, c.resize ? resize_name(*c.resize) : "",
                        options_.encode.batch_size});
}

std::string TrialData::text_key(const Configuration& c) const {
  return json_text(Json{fingerprint_, models_.at(c.model).fingerprint,
                        precision_name(c.precision.value_or(Precision::fp32)),
                        c.templates.value_or(std::vector<std::string>{})});
}

const Model& TrialData::model_of(const Configuration& c) {
  const std::string key = image_key(c);
  if (model_ && loaded_ == key) return *model_;
  model_.reset();
  ModelOptions settings = options_.model;
  settings.precision = c.precision.value_or(Precision::fp32);
  settings.orientation = c.orientation.value_or(OrientationProfile::upright);
  settings.decode = c.decode.value_or(DecodeProfile::exact);
  settings.resize = c.resize;
  model_.emplace(Model::load(c.model == trained_ ? c.model : located(c.model), settings));
  loaded_ = key;
  return *model_;
}

Matrix TrialData::encode_images(const Configuration& c, const RowPart& part,
                                const ProgressFn& progress) {
  const Model& model = model_of(c);
  Matrix out(static_cast<int64_t>(part.rows.size()), model.info().embedding_dim);
  int64_t done = 0;
  for (size_t d = 0; d < data_.datasets.size(); ++d) {
    std::vector<int64_t> wanted;  // positions, ascending
    for (const int64_t i : part.rows)
      if (row(i).dataset == static_cast<int>(d)) wanted.push_back(row(i).position);
    if (wanted.empty()) continue;
    DatasetInput input = data_.datasets[d];
    input.splits = splits_of(data_);
    RowReader rows = rows_at(input, std::move(wanted));
    EncodeOptions encode = options_.encode;
    encode.cache.reset();
    encode.normalize = true;
    encode.progress = progress;
    encode_rows(rows, model, encode, [&](EncodedRow&& encoded) {
      const TuningRow& expected = row(part.rows[static_cast<size_t>(done)]);
      if (encoded.row.id != expected.id) {
        throw Error(ErrorCode::io, "the data set changed while it was read: expected row '",
                    expected.id, "', found '", encoded.row.id, "'");
      }
      // An image that cannot be decoded has a vector of zeros, which no query finds.
      if (!encoded.vector.empty()) std::ranges::copy(encoded.vector, out.row(done).begin());
      ++done;
    });
  }
  if (done != out.rows) {
    throw Error(ErrorCode::io, "the data set changed while it was read: ", out.rows,
                " images were expected, ", done, " found");
  }
  return out;
}

const Matrix& TrialData::texts(const Configuration& c, const std::string& key,
                               std::span<const std::string> texts, const ProgressFn& progress) {
  return store_of(c).get(text_key(c) + key, [&] {
    const std::vector<std::string> templates = c.templates.value_or(std::vector<std::string>{});
    EncodeOptions encode;
    encode.progress = progress;
    EncodedTextRows encoded = encode_text_rows(in_templates(texts, templates), model_of(c), encode);
    return mean_of_each(std::move(encoded.vectors),
                        static_cast<int64_t>(std::max<size_t>(1, templates.size())));
  });
}

Matrix TrialData::plain_image_vectors(const Configuration& c, std::span<const RowPart> parts,
                                      const ProgressFn& progress) {
  Matrix out;
  const bool defaults = image_key(c) == image_key(default_);
  for (const RowPart& part : parts) {
    const auto encode = [&] { return encode_images(c, defaults ? all_ : part, progress); };
    VectorStore& store = defaults ? store_ : store_of(c);
    const Matrix& stored = store.get(image_key(c) + (defaults ? all_.name : part.name), encode);
    const Matrix own = defaults ? gather_rows(stored, part.rows) : stored;
    out.dim = own.dim;
    out.rows += own.rows;
    out.values.insert(out.values.end(), own.values.begin(), own.values.end());
  }
  return out;
}

void TrialData::fuse(const Configuration& c, std::span<const RowPart> parts, Matrix& images,
                     const ProgressFn& progress) {
  if (!c.fusion.active()) return;
  Configuration plain = c;
  plain.templates.reset();
  int64_t begin = 0;
  bool any = false;
  for (const RowPart& part : parts) {
    TextTable table;
    for (const int64_t i : part.rows) {
      const auto found = row(i).fields.find(c.fusion.column);
      table.add(found == row(i).fields.end() ? std::vector<std::string>{}
                                             : fusion_texts(row(i).captions, found->second));
    }
    const auto count = static_cast<int64_t>(part.rows.size());
    Matrix own(count, images.dim);
    std::copy_n(images.values.begin() + begin * images.dim, count * images.dim, own.values.begin());
    if (!table.texts.empty()) {
      any = true;
      fuse_vectors(table,
                   texts(plain, "fusion " + c.fusion.column + part.name, table.texts, progress),
                   c.fusion.weight, own);
    }
    std::ranges::copy(own.values, images.values.begin() + begin * images.dim);
    begin += count;
  }
  if (!any) {
    throw Error(ErrorCode::invalid_argument, "no image of the data has a text in the column '",
                c.fusion.column, "' (text_column) besides its captions");
  }
}

Matrix TrialData::image_vectors(const Configuration& c, std::span<const RowPart> parts,
                                const ProgressFn& progress) {
  Matrix images = plain_image_vectors(c, parts, progress);
  fuse(c, parts, images, progress);
  if (c.half_precision_store.value_or(false)) {
    for (float& value : images.values) value = half_to_float(float_to_half(value));
  }
  return images;
}

std::vector<std::string> TrialData::captions_of(const RowPart& part) const {
  std::vector<std::string> captions;
  for (const int64_t i : part.rows)
    captions.insert(captions.end(), row(i).captions.begin(), row(i).captions.end());
  return captions;
}

Matrix TrialData::query_vectors(const Configuration& c, std::span<const RowPart> parts,
                                const ProgressFn& progress) {
  Matrix queries;
  for (const RowPart& part : parts) {
    const std::vector<std::string> captions = captions_of(part);
    if (captions.empty()) continue;
    const Matrix& own = texts(c, part.name, captions, progress);
    queries.dim = own.dim;
    queries.values.insert(queries.values.end(), own.values.begin(), own.values.end());
    queries.rows += own.rows;
  }
  return queries;
}

double TrialData::encoding_ms(const Configuration& c, const RowPart& part) {
  const Matrix& time = store_of(c).get(text_key(c) + "time", [&] {
    const Model& model = model_of(c);
    const std::vector<std::string> templates = c.templates.value_or(std::vector<std::string>{});
    const std::vector<std::string> captions = captions_of(part);
    std::vector<double> times;
    for (size_t i = 0; i < std::min<size_t>(kTimedQueries + 1, captions.size()); ++i) {
      const auto start = Clock::now();
      encode_text_rows(in_templates({&captions[i], 1}, templates), model);
      if (i > 0)  // the first one warms up
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    Matrix out(1, 1);
    out.values[0] = static_cast<float>(median_of(times));
    return out;
  });
  return time.values[0];
}

}  // namespace sightline

// Trials of retrieval without training.
#include <sightline/encode.h>
#include <sightline/error.h>
#include <sightline/tune.h>
#include <sightline/version.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "encode/dual_encoder.h"
#include "eval/gather_rows.h"
#include "eval/rank_queries.h"
#include "eval/similarity.h"
#include "search/expand_queries.h"
#include "search/fuse_texts.h"
#include "tensor/tensor.h"
#include "tune/halving.h"
#include "tune/tuning_rows.h"
#include "tune/vector_store.h"

namespace sightline {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr double kSimilar = 0.95;  // cosine of near-duplicates, as in NearDuplicateOptions
constexpr int kTimedQueries = 9;

// Part of the rows that are encoded together.
struct RowPart {
  std::string name;
  std::vector<int64_t> rows;  // indices into TuningRows::rows, ascending
};

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

int64_t bytes_per_parameter(Precision precision) {
  if (precision == Precision::fp32) return 4;
  return precision == Precision::bf16 ? 2 : 1;
}

class RetrievalRunner : public TrialRunner {
 public:
  RetrievalRunner(const TuningPlan& plan, const RunnerOptions& options)
      : plan_(plan), options_(options), store_(options.folder) {
    const TuningObjective& objective = plan.objective;
    if (objective.metric == GainMetric::ndcg && objective.caption_equivalent && objective.k != 10) {
      throw Error(ErrorCode::invalid_argument, "the objective ", objective.name(),
                  " with caption-equivalent relevance; expected ndcg@10 there");
    }
    for (const auto& trial : propose_trials(plan)) check_syntax(trial.configuration);
    rows_ = read_tuning_rows(plan.data, options.encode.progress);
    identify();
    default_ = parse_configuration(plan.defaults, "the default");
    std::vector<int64_t> all(rows_.rows.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
    all_ = {"all", std::move(all)};
    divide();
  }

  std::string fingerprint() override { return fingerprint_; }

  int64_t rows(TuningSide side) override {
    return std::ssize(side == TuningSide::report ? split_.report : split_.selection);
  }

  void check(const std::string& configuration) const override { check_syntax(configuration); }

  std::string work_key(const std::string& configuration) const override {
    const Configuration c = parse_configuration(configuration, "a trial");
    return text_key(c) + image_key(c);
  }

  TrialScores run(const TrialRequest& request) override;

  std::string data_summary() override {
    const Json summary = {
        {"images", rows_.rows.size()},           {"selection_images", split_.selection.size()},
        {"report_images", split_.report.size()}, {"groups", split_.groups},
        {"largest_group", split_.largest_group}, {"left_out", split_.left_out},
        {"repeated_rows", rows_.repeated},       {"skipped_rows", rows_.skipped}};
    return json_text(summary);
  }

 private:
  static void check_syntax(const std::string& configuration) {
    const Configuration c = parse_configuration(configuration, configuration);
    if (c.model.empty()) {
      throw Error(ErrorCode::invalid_argument, "the configuration ", configuration,
                  " has no 'model'");
    }
  }

  std::string located(const std::string& model) const {
    return options_.locate_model ? options_.locate_model(model) : model;
  }
  void identify();
  void divide();
  const Model& model_of(const Configuration& c);
  std::string image_key(const Configuration& c) const;
  std::string text_key(const Configuration& c) const;
  std::vector<RowPart> parts_of(TuningSide side, double share) const;
  Matrix encode_images(const Configuration& c, const RowPart& part, const ProgressFn& progress);
  const Matrix& texts(const Configuration& c, const std::string& key,
                      const std::vector<std::string>& texts, const ProgressFn& progress);
  Matrix image_vectors(const Configuration& c, const std::vector<RowPart>& parts,
                       const ProgressFn& progress);
  void fuse(const Configuration& c, const std::vector<RowPart>& parts, Matrix& images,
            const ProgressFn& progress);
  void add_gains(const Configuration& c, const std::vector<int64_t>& rows, Matrix images,
                 Matrix queries, TrialScores& scores) const;
  double encoding_ms(const Configuration& c, const std::vector<std::string>& texts);
  double megabytes(const Configuration& c, int64_t dim);

  const TuningRow& row(int64_t i) const { return rows_.rows[static_cast<size_t>(i)]; }

  TuningPlan plan_;
  RunnerOptions options_;
  VectorStore store_;
  TuningRows rows_;
  TuningSplit split_;
  RowPart all_;
  std::vector<double> shares_;  // of all rungs, ascending; the last one is 1
  Configuration default_;
  std::string fingerprint_, loaded_;
  std::map<std::string, std::string> model_fingerprints_;
  std::map<std::string, int64_t> model_parameters_;
  std::optional<Model> model_;
};

// Models by fingerprint, and rows by their content.
void RetrievalRunner::identify() {
  Sha256 digest;
  digest.update(std::string(kVersion));
  for (const Trial& trial : propose_trials(plan_)) {
    const std::string model = parse_configuration(trial.configuration, "a trial").model;
    if (model_fingerprints_.contains(model)) continue;
    ModelOptions settings = options_.model;
    settings.precision = Precision::fp32;
    settings.load_image_tower = settings.load_text_tower = false;
    const Model loaded = Model::load(located(model), settings);
    require_both_towers(loaded.info(), model);
    model_fingerprints_[model] = loaded.info().fingerprint;
    model_parameters_[model] = loaded.info().parameters;
  }
  for (const auto& [model, print] : model_fingerprints_) digest.update(model + "\n" + print + "\n");
  for (const TuningRow& r : rows_.rows) {
    digest.update(json_text(Json{r.dataset, r.id, r.split, r.captions, r.fields}));
    digest.update(r.digest);
  }
  fingerprint_ = to_hex(digest.digest());
}

// Near-duplicates are found by the default's vectors, which its trial needs anyway.
void RetrievalRunner::divide() {
  const Matrix& vectors = store_.get(image_key(default_) + all_.name, [&] {
    return encode_images(default_, all_, options_.encode.progress);
  });
  const auto groups = near_duplicate_groups(rows_.rows, [&](int64_t a, int64_t b) {
    return similarity(vectors.row(a), vectors.row(b)) >= kSimilar;
  });
  split_ = split_rows(rows_.rows, groups, plan_.data, plan_.seed);
  std::set<double> shares = {1};
  const bool halves = plan_.method != TuningMethod::random;
  for (int i = halves ? most_halvings(plan_.eta, plan_.least_share) : 0; i > 0; --i)
    shares.insert(std::pow(plan_.eta, -i));
  shares_.assign(shares.begin(), shares.end());
}

std::string RetrievalRunner::image_key(const Configuration& c) const {
  return json_text(Json{fingerprint_, model_fingerprints_.at(c.model),
                        precision_name(c.precision.value_or(Precision::fp32)),
                        c.orientation == OrientationProfile::stored,
                        c.decode == DecodeProfile::fast, options_.encode.batch_size});
}

std::string RetrievalRunner::text_key(const Configuration& c) const {
  return json_text(Json{fingerprint_, model_fingerprints_.at(c.model),
                        precision_name(c.precision.value_or(Precision::fp32)),
                        c.templates.value_or(std::vector<std::string>{})});
}

const Model& RetrievalRunner::model_of(const Configuration& c) {
  const std::string key = image_key(c);
  if (model_ && loaded_ == key) return *model_;
  model_.reset();
  ModelOptions settings = options_.model;
  settings.precision = c.precision.value_or(Precision::fp32);
  settings.orientation = c.orientation.value_or(OrientationProfile::upright);
  settings.decode = c.decode.value_or(DecodeProfile::exact);
  model_.emplace(Model::load(located(c.model), settings));
  loaded_ = key;
  return *model_;
}

// A share consists of the parts between the shares of the rungs, each of which is encoded once.
std::vector<RowPart> RetrievalRunner::parts_of(TuningSide side, double share) const {
  if (side == TuningSide::report) return {{"report", split_.report}};
  std::vector<RowPart> parts;
  int64_t begin = 0;
  for (const double upto : shares_) {
    if (upto > share * (1 + 1e-9)) break;
    const auto count = static_cast<double>(split_.selection.size());
    const auto end = std::max<int64_t>(1, std::llround(upto * count));
    RowPart part{message("selection ", begin, "-", end), {}};
    part.rows.assign(split_.selection.begin() + begin, split_.selection.begin() + end);
    std::ranges::sort(part.rows);
    if (!part.rows.empty()) parts.push_back(std::move(part));
    begin = end;
  }
  return parts;
}

Matrix RetrievalRunner::encode_images(const Configuration& c, const RowPart& part,
                                      const ProgressFn& progress) {
  const Model& model = model_of(c);
  Matrix out(static_cast<int64_t>(part.rows.size()), model.info().embedding_dim);
  int64_t done = 0;
  for (size_t d = 0; d < plan_.data.datasets.size(); ++d) {
    std::vector<int64_t> wanted;  // positions, ascending
    for (const int64_t i : part.rows)
      if (row(i).dataset == static_cast<int>(d)) wanted.push_back(row(i).position);
    if (wanted.empty()) continue;
    DatasetInput input = plan_.data.datasets[d];
    input.splits = splits_of(plan_.data);
    RowReader source(input);
    int64_t position = -1;
    size_t next = 0;
    RowReader rows(
        [&]() -> std::optional<Row> {
          while (next < wanted.size()) {
            std::optional<Row> one = source.next();
            if (!one) break;
            if (++position != wanted[next]) continue;
            ++next;
            return one;
          }
          return std::nullopt;
        },
        std::ssize(wanted), source.format());
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

const Matrix& RetrievalRunner::texts(const Configuration& c, const std::string& key,
                                     const std::vector<std::string>& texts,
                                     const ProgressFn& progress) {
  return store_.get(text_key(c) + key, [&] {
    const std::vector<std::string> templates = c.templates.value_or(std::vector<std::string>{});
    EncodeOptions encode;
    encode.progress = progress;
    EncodedTextRows encoded = encode_text_rows(in_templates(texts, templates), model_of(c), encode);
    return mean_of_each(std::move(encoded.vectors),
                        static_cast<int64_t>(std::max<size_t>(1, templates.size())));
  });
}

Matrix RetrievalRunner::image_vectors(const Configuration& c, const std::vector<RowPart>& parts,
                                      const ProgressFn& progress) {
  Matrix out;
  const bool defaults = image_key(c) == image_key(default_);
  for (const RowPart& part : parts) {
    const auto encode = [&] { return encode_images(c, defaults ? all_ : part, progress); };
    const Matrix& stored = store_.get(image_key(c) + (defaults ? all_.name : part.name), encode);
    const Matrix own = defaults ? gather_rows(stored, part.rows) : stored;
    out.dim = own.dim;
    out.rows += own.rows;
    out.values.insert(out.values.end(), own.values.begin(), own.values.end());
  }
  return out;
}

void RetrievalRunner::fuse(const Configuration& c, const std::vector<RowPart>& parts,
                           Matrix& images, const ProgressFn& progress) {
  if (!c.fusion.active()) return;
  Configuration plain = c;
  plain.templates.reset();
  Matrix fused(0, images.dim);
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

// The gains of one data set's queries. `rows`: of the images, in their order.
void RetrievalRunner::add_gains(const Configuration& c, const std::vector<int64_t>& rows,
                                Matrix images, Matrix queries, TrialScores& scores) const {
  std::vector<int64_t> image_of;
  std::map<std::string, std::vector<int64_t>> images_with;  // by caption
  for (size_t n = 0; n < rows.size(); ++n) {
    for (const std::string& caption : row(rows[n]).captions) {
      image_of.push_back(static_cast<int64_t>(n));
      images_with[caption].push_back(static_cast<int64_t>(n));
    }
  }
  RelevantCandidates relevant;
  for (const int64_t n : image_of) relevant.push_back({n});
  if (plan_.objective.caption_equivalent) {
    size_t q = 0;
    for (const int64_t r : rows) {
      for (const std::string& caption : row(r).captions) {
        std::vector<int64_t>& list = relevant[q++] = images_with[caption];
        list.erase(std::unique(list.begin(), list.end()), list.end());
      }
    }
  }
  const auto index = VectorIndex::view(images);
  std::vector<double> times;
  for (int64_t i = 0; i < std::min<int64_t>(kTimedQueries, queries.rows); ++i) {
    const auto before = Clock::now();
    index.search(queries.row(i), 1);
    times.push_back(milliseconds_since(before));
  }
  scores.milliseconds += median_of(times) * (c.expansion.active() ? 2 : 1);
  expand_queries(index, c.expansion, queries);
  const RankedQueries ranked = rank_queries(queries, images, relevant);
  const TuningObjective& objective = plan_.objective;
  size_t q = 0;
  for (size_t n = 0; n < rows.size(); ++n) {
    const size_t captions = row(rows[n]).captions.size();
    if (captions == 0) continue;
    double sum = 0;
    for (size_t i = 0; i < captions; ++i, ++q) {
      const auto rank = static_cast<double>(ranked.rank[q]);
      const bool found = ranked.rank[q] <= images.rows;
      if (objective.metric == GainMetric::recall) {
        sum += ranked.rank[q] <= objective.k && found ? 1 : 0;
      } else if (objective.metric == GainMetric::reciprocal_rank) {
        sum += found ? 1 / rank : 0;
      } else if (objective.caption_equivalent) {
        sum += ranked.gains.ndcg_at_10[q];
      } else {
        sum += ranked.rank[q] <= objective.k && found ? 1 / std::log2(rank + 1) : 0;
      }
    }
    scores.gains.push_back(sum);
    scores.queries.push_back(static_cast<double>(captions));
  }
}

// Median time to encode one query, stored with the vectors, so that a run that continues need not
// load the model.
double RetrievalRunner::encoding_ms(const Configuration& c, const std::vector<std::string>& texts) {
  const Matrix& time = store_.get(text_key(c) + "time", [&] {
    const Model& model = model_of(c);
    const std::vector<std::string> templates = c.templates.value_or(std::vector<std::string>{});
    std::vector<double> times;
    for (size_t i = 0; i < std::min<size_t>(kTimedQueries + 1, texts.size()); ++i) {
      const auto start = Clock::now();
      encode_text_rows(in_templates({&texts[i], 1}, templates), model);
      if (i > 0) times.push_back(milliseconds_since(start));  // the first one warms up
    }
    Matrix out(1, 1);
    out.values[0] = static_cast<float>(median_of(times));
    return out;
  });
  return time.values[0];
}

double RetrievalRunner::megabytes(const Configuration& c, int64_t dim) {
  const int64_t images = plan_.images > 0 ? plan_.images : std::ssize(rows_.rows);
  const int64_t parameters = model_parameters_.at(c.model);
  const double model =
      static_cast<double>(parameters * bytes_per_parameter(c.precision.value_or(Precision::fp32)));
  const double vectors =
      static_cast<double>(images * dim * (c.half_precision_store.value_or(false) ? 2 : 4));
  return (model + vectors) / 1e6;
}

TrialScores RetrievalRunner::run(const TrialRequest& request) {
  const Configuration c = parse_configuration(request.configuration, "a trial");
  const std::vector<RowPart> parts = parts_of(request.side, request.share);
  Matrix images = image_vectors(c, parts, request.progress);
  fuse(c, parts, images, request.progress);
  if (c.half_precision_store.value_or(false)) {
    for (float& value : images.values) value = half_to_float(float_to_half(value));
  }
  TrialScores scores;
  Matrix queries(0, images.dim);
  std::vector<std::string> first;
  for (const RowPart& part : parts) {
    std::vector<std::string> captions;
    for (const int64_t i : part.rows)
      captions.insert(captions.end(), row(i).captions.begin(), row(i).captions.end());
    if (captions.empty()) continue;
    const Matrix& own = texts(c, part.name, captions, request.progress);
    queries.values.insert(queries.values.end(), own.values.begin(), own.values.end());
    queries.rows += own.rows;
    if (first.empty()) first = captions;
  }
  if (first.empty())
    throw Error(ErrorCode::invalid_data, "the share ", shown(request.share),
                " of the data has no caption");
  scores.milliseconds = encoding_ms(c, first);
  scores.megabytes = megabytes(c, images.dim);
  // Queries are ranked within their data set.
  for (size_t d = 0; d < plan_.data.datasets.size(); ++d) {
    std::vector<int64_t> rows, image_rows, query_rows;
    int64_t image = 0, query = 0;
    for (const RowPart& part : parts) {
      for (const int64_t i : part.rows) {
        const bool own = row(i).dataset == static_cast<int>(d);
        if (own) rows.push_back(i);
        if (own) image_rows.push_back(image);
        for (size_t k = 0; k < row(i).captions.size(); ++k, ++query)
          if (own) query_rows.push_back(query);
        ++image;
      }
    }
    if (query_rows.empty()) continue;
    add_gains(c, rows, gather_rows(images, image_rows), gather_rows(queries, query_rows), scores);
  }
  return scores;
}

}  // namespace

std::unique_ptr<TrialRunner> retrieval_runner(const TuningPlan& plan,
                                              const RunnerOptions& options) {
  return std::make_unique<RetrievalRunner>(plan, options);
}

}  // namespace sightline

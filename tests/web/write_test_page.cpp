// Writes a report of made-up models for the tests of its page, and the metrics per value of a
// column that the page must compute.
//   write_test_page FOLDER MODELS IMAGES CAPTIONS_PER_IMAGE
// Writes FOLDER/data (an ImageFolder), FOLDER/report, FOLDER/expected.json, FOLDER/overview (of two
// data sets, whose images are those of FOLDER/data), and FOLDER/report/figures.html, the page with
// figures and without thumbnails.
#include <sightline/report.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <random>

#include "base/file.h"
#include "base/json.h"
#include "eval/measure_retrieval.h"
#include "eval/uncertainty.h"
#include "image/write_png.h"
#include "report/page/page.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kDim = 16;
constexpr const char* kHostile =
    "</script><script>window.hacked = 1</script><!-- <img src=x onerror=\"hacked=1\"> & 'x'";

std::string id_of(int i) {
  if (i == 3) return "images/写真  3.png";  // two blanks: copied unchanged
  if (i == 9) return "images/" + std::string(60, 'n') + " of a photo with a long name.png";
  char name[32];
  std::snprintf(name, sizeof name, "images/%05d.png", i);
  return name;
}

std::string caption_of(int i, int c, const std::string& colour) {
  if (i == 3 && c == 0) return kHostile;
  if (i == 11 && c == 0) return "shared caption";
  if (i == 12 && c == 0) return "shared caption";
  return "a " + colour + " thing, number " + std::to_string(i) + (c > 0 ? " again" : "") +
         (c > 1 ? " " + std::to_string(c) : "");
}

void add_rows(ExperimentResult& result, int images, int captions) {
  const char* colours[] = {"red", "green", "blue", "", "a \"quoted\" one"};
  const char* codes[] = {"007", "1e5", "0x10", "7"};
  const char* notes[] = {"x, y", "a<b",     "Red",        "red", "a:b \"c\" -d",
                         "-5",   "k=\"1\"", "two\nlines", ""};
  // The other names are also those of the page's own columns, of its state, and of JavaScript.
  result.columns = {"colour", "weight in <b>", "code",      "note",    "words",
                    "sort",   "constructor",   "__proto__", "constant"};
  for (int i = 0; i < images; ++i) {
    ExperimentRow row;
    row.id = id_of(i);
    row.split = i % 3 == 0 ? "novel" : "test";
    const std::string colour = colours[i % 11 < 4 ? 0 : i % 5];
    const std::string parity = i % 2 == 0 ? "even" : "odd";
    row.fields = {colour,       std::to_string(i * 37 % 101) + ".50",
                  codes[i % 4], notes[i % 9],
                  parity,       parity,
                  parity,       parity,
                  "same"};
    for (int c = 0; c < captions; ++c) {
      row.captions.push_back(caption_of(i, c, colour));
      result.text_row.push_back(i);
      result.text_caption.push_back(c);
    }
    result.rows.push_back(row);
  }
}

void normalize(Matrix& matrix) {
  for (int64_t r = 0; r < matrix.rows; ++r) {
    float* row = matrix.values.data() + r * kDim;
    float sum = 0;
    for (int64_t d = 0; d < kDim; ++d) sum += row[d] * row[d];
    for (int64_t d = 0; d < kDim; ++d) row[d] /= std::sqrt(sum);
  }
}

// Vectors of a model: the better the model, the nearer a caption is to its image.
RetrievalSet vectors_of(const ExperimentResult& result, size_t model) {
  std::mt19937 random(static_cast<unsigned>(model) + 1);
  const auto next = [&] { return static_cast<float>(random() % 2001) / 1000 - 1; };
  RetrievalSet set;
  set.images = Matrix(static_cast<int64_t>(result.rows.size()), kDim);
  set.texts = Matrix(static_cast<int64_t>(result.text_row.size()), kDim);
  for (float& value : set.images.values) value = next();
  std::map<std::string, int64_t> identity;
  for (size_t t = 0; t < result.text_row.size(); ++t) {
    const auto n = static_cast<size_t>(result.text_row[t]);
    const float noise = 1.2F + 0.4F * static_cast<float>(model);
    for (size_t d = 0; d < kDim; ++d)
      set.texts.values[t * kDim + d] = set.images.values[n * kDim + d] + noise * next();
    set.text_identity.push_back(
        identity
            .try_emplace(result.rows[n].captions[static_cast<size_t>(result.text_caption[t])],
                         static_cast<int64_t>(t))
            .first->second);
  }
  set.text_image = result.text_row;
  normalize(set.images);
  normalize(set.texts);
  return set;
}

// Hits that are the caption's own image and its neighbours in the data set.
FreeQuery query_of(const ExperimentResult& result, size_t model, const std::string& text) {
  FreeQuery query{text, {}};
  for (size_t i = 0; i < 5; ++i) {
    const size_t row = (3 * i + 2 * model) % result.rows.size();
    query.hits.push_back({static_cast<int64_t>(row), 0.9 - 0.1 * static_cast<double>(i)});
  }
  return query;
}

ExperimentResult make_result(int models, int images, int captions) {
  ExperimentResult result;
  result.dataset = "data";
  result.dataset_format = "imagefolder";
  result.splits = {"test", "novel"};
  result.statistics.resamples = 100;
  result.statistics.permutations = 500;
  add_rows(result, images, captions);
  for (size_t m = 0; m < static_cast<size_t>(models); ++m) {
    ModelResult model;
    model.label = "model " + std::to_string(m + 1) + (m == 1 ? " <b>&amp;" : "");
    if (m == 3) model.label = "sort";
    model.info.family = "clip";
    model.info.embedding_dim = kDim;
    std::optional<TrecExport> no_trec;
    measure_retrieval(result, model, vectors_of(result, m), no_trec, {});
    model.queries = {query_of(result, m, kHostile), query_of(result, m, "a red thing")};
    result.models.push_back(std::move(model));
  }
  add_statistics(result);
  if (!result.comparisons.empty()) {  // a smaller p than random permutations give, and a minus sign
    MetricComparison& first = result.comparisons[0];
    first.p = first.p_corrected = 2e-5;
    first.difference = -0.25;
  }
  return result;
}

// An ImageFolder with all images but that of row 6.
void write_images(const ExperimentResult& result, const fs::path& folder) {
  make_folder(folder / "images");
  std::string metadata;
  for (size_t i = 0; i < result.rows.size(); ++i) {
    const ExperimentRow& row = result.rows[i];
    if (i == 6) continue;
    Image image;
    image.width = image.height = 24;
    for (int p = 0; p < 24 * 24; ++p) {
      const int shade = static_cast<int>(i) * 53 + p;
      for (const int channel : {shade, shade * 3, 255 - shade})
        image.pixels.push_back(static_cast<uint8_t>(channel));
    }
    write_file_atomic(folder / row.id, encode_png(image));
    metadata +=
        json_text(Json{{"file_name", row.id}, {"text", row.captions[0]}, {"split", row.split}}) +
        "\n";
  }
  write_file_atomic(folder / "metadata.jsonl", metadata);
}

Json metrics_per_value(const ExperimentResult& result, size_t column) {
  std::map<std::string, std::vector<size_t>> texts;
  for (size_t t = 0; t < result.text_row.size(); ++t)
    texts[result.rows[static_cast<size_t>(result.text_row[t])].fields[column]].push_back(t);
  Json out = Json::object();
  for (const auto& [value, members] : texts) {
    for (const ModelResult& model : result.models) {
      std::vector<int64_t> ranks;
      for (const size_t t : members) ranks.push_back(model.ranks.text_rank[t]);
      const DirectionMetrics m =
          summarize_ranks(ranks, static_cast<int64_t>(result.rows.size()), result.top_k);
      out[value].push_back({m.queries, m.recall_at_1, m.recall_at_5, m.recall_at_10,
                            m.mean_reciprocal_rank, m.median_rank});
    }
  }
  return out;
}

// Figures that are 400 pixels high once they are loaded.
std::vector<PageImage> test_figures() {
  const std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"400\"></svg>";
  return {{"scores", "image/svg+xml", svg, "Scores"}, {"noise", "image/svg+xml", svg, "Noise"}};
}

// The hits of a model's queries, alternately of both data sets.
ModelSearch search_of(const ExperimentResult& result, const ModelResult& model) {
  ModelSearch search{model.label, {}};
  search.result.rows = 2 * static_cast<int64_t>(result.rows.size());
  for (const FreeQuery& query : model.queries) {
    QueryHits hits{QueryType::text, query.text, {}};
    for (const Hit& hit : query.hits) {
      const ExperimentRow& row = result.rows[static_cast<size_t>(hit.index)];
      const auto rank = static_cast<int64_t>(hits.hits.size()) + 1;
      VectorItem item{row.id, row.captions, {{"split", row.split}}, rank % 2 == 0 ? "b & c" : "a"};
      hits.hits.push_back({rank, hit.similarity, hit.index, std::move(item)});
    }
    search.result.queries.push_back(std::move(hits));
  }
  return search;
}

void write_overview_of(const ExperimentResult& result, const fs::path& folder,
                       ReportOptions options) {
  Overview overview;
  for (const char* name : {"a", "b & c"}) {
    EvaluationInput input;
    input.dataset.path = folder / "data";
    overview.datasets.push_back({name, input, result});
  }
  for (const ModelResult& model : result.models)
    overview.searches.push_back(search_of(result, model));
  options.directory = folder / "overview";
  write_overview(overview, options);
}

int run(char** arguments) {
  const fs::path folder = arguments[1];
  const int images = std::stoi(arguments[3]);
  const ExperimentResult result =
      make_result(std::stoi(arguments[2]), images, std::stoi(arguments[4]));
  write_images(result, folder / "data");
  ReportOptions options;
  options.directory = folder / "report";
  options.figures = false;
  options.ranks = true;
  options.run = this_run("sightline eval --query 'two  blanks' --out report");
  EvaluationInput input;
  input.dataset.path = folder / "data";
  write_report(result, input, options);
  write_file_atomic(options.directory / "figures.html",
                    results_page(result, *options.run, test_figures(), {}));
  write_overview_of(result, folder, options);
  Json rows = Json::array();
  for (const ExperimentRow& row : result.rows)
    rows.push_back({{"id", row.id}, {"fields", row.fields}, {"captions", row.captions}});
  write_file_atomic(folder / "expected.json",
                    json_text(Json{{"colour", metrics_per_value(result, 0)}, {"rows", rows}}));
  return 0;
}

}  // namespace
}  // namespace sightline

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: write_test_page FOLDER MODELS IMAGES CAPTIONS_PER_IMAGE\n");
    return 2;
  }
  try {
    return sightline::run(argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_test_page: %s\n", error.what());
    return 1;
  }
}

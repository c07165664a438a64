// sightline query: the images nearest to a text, as a table and as an image.
#include <sightline/error.h>
#include <sightline/experiment.h>
#include <sightline/report.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "command.h"
#include "console.h"
#include "evaluation_options.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "query_vectors.h"

namespace sightline::cli {
namespace {

struct Options {
  QueryOptions query;
  EvaluationFlags flags;
  std::filesystem::path grid, vectors;
  std::string search = "auto";
};

std::string caption_of(const ExperimentRow& row) {
  return row.captions.empty() ? "" : row.captions[0];
}

void print_tables(const QueryResult& result) {
  for (const FreeQuery& query : result.queries) {
    std::vector<std::vector<std::string>> rows;
    for (size_t i = 0; i < query.hits.size(); ++i) {
      const ExperimentRow& row = result.rows[static_cast<size_t>(query.hits[i].index)];
      rows.push_back(
          {std::to_string(i + 1), fixed(query.hits[i].similarity, 4), caption_of(row), row.id});
    }
    std::printf("%s\n%s\n", heading(query.text).c_str(),
                format_table({">rank", ">similarity", "caption", "id"}, rows).c_str());
  }
}

void print_query_json(const QueryResult& result) {
  Json queries = Json::array();
  for (const FreeQuery& query : result.queries) {
    Json hits = Json::array();
    for (size_t i = 0; i < query.hits.size(); ++i) {
      const ExperimentRow& row = result.rows[static_cast<size_t>(query.hits[i].index)];
      hits.push_back({{"rank", i + 1},
                      {"similarity", query.hits[i].similarity},
                      {"id", row.id},
                      {"captions", row.captions}});
    }
    queries.push_back({{"text", query.text}, {"hits", std::move(hits)}});
  }
  const Json json = {
      {"model", {{"name", result.model.name}, {"fingerprint", result.model.fingerprint}}},
      {"precision", precision_name(result.computation.precision)},
      {"precision_choice", result.precision_choice.empty()
                               ? nlohmann::ordered_json(nullptr)
                               : nlohmann::ordered_json(result.precision_choice)},
      {"images", result.rows.size()},
      {"encoded", result.counts.encoded_images},
      {"cached", result.counts.cached_images},
      {"queries", std::move(queries)},
      {"skipped", result.skipped.size()}};
  print_json(json);
}

void write_grid(const QueryResult& result, const Options& options) {
  std::vector<int64_t> wanted;
  for (const FreeQuery& query : result.queries) {
    for (const Hit& hit : query.hits) wanted.push_back(hit.index);
  }
  const auto images = read_images(options.query.input, result.rows, wanted);
  std::vector<GridQuery> grids;
  for (const FreeQuery& query : result.queries) {
    GridQuery grid;
    grid.title = query.text;
    for (const Hit& hit : query.hits) {
      const ExperimentRow& row = result.rows[static_cast<size_t>(hit.index)];
      const auto bytes = images.find(hit.index);
      const bool right = std::ranges::find(row.captions, query.text) != row.captions.end();
      grid.images.push_back({bytes == images.end() ? std::vector<uint8_t>{} : bytes->second,
                             hit.similarity, row.captions.empty() ? row.id : row.captions[0],
                             right});
    }
    grids.push_back(std::move(grid));
  }
  const std::vector<uint8_t> png = render_grid(grids);
  write_file_atomic(options.grid, std::span<const uint8_t>(png));
}

ScanType scan_type(const std::string& search) {
  for (const ScanType type : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
    if (search == scan_type_name(type)) return type;
  }
  return ScanType::best;
}

int run_vectors(const Options& options) {
  VectorQuery query;
  query.vectors = options.vectors;
  query.model = locate_model(options.query.model.string(), options.flags.pull);
  query.texts = options.query.texts;
  query.top_k = options.query.top_k;
  query.scan = scan_type(options.search);
  query.model_options = options.query.input.model;
  query.cache = cache_root(options.flags.cache).value_or("");
  query.grid = options.grid;
  query.as_json = options.flags.as_json;
  if (!options.grid.empty()) prepare_output(options.grid);
  return query_vectors(query);
}

int run(Options& options) {
  if (options.vectors.empty() == options.query.input.dataset.path.empty()) {
    throw Error(ErrorCode::invalid_argument, "query needs either --dataset or --vectors");
  }
  if (!options.vectors.empty()) return run_vectors(options);
  complete_input(options.query.input, options.flags);
  options.query.model = locate_model(options.query.model.string(), options.flags.pull);
  if (!options.grid.empty()) prepare_output(options.grid);
  const QueryResult result = run_queries(options.query);
  if (result.rows.empty()) warn("no image in '" + options.query.input.dataset.path.string() + "'");
  for (const std::string& warning : result.warnings) warn(warning);
  if (options.flags.as_json) {
    print_query_json(result);
  } else {
    print_tables(result);
    std::printf("%s: %s\n", result.model.name.c_str(), counts_text(result.counts).c_str());
    if (!result.precision_choice.empty())
      std::printf("precision %s\n", result.precision_choice.c_str());
  }
  if (!options.grid.empty()) write_grid(result, options);
  if (result.skipped.empty()) return kDone;
  report_skipped(result.skipped);
  return kSkipped;
}

}  // namespace

void add_query(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("query", "Find the images of a data set that are nearest to a text");
  add_evaluation_options(*command, options->query.input, options->flags);
  add_precision_option(*command, options->query.input.model.precision);
  CLI::Option* dataset = command->get_option("--dataset")->required(false);
  auto* vectors = command
                      ->add_option("--vectors", options->vectors,
                                   "The .npy that 'sightline encode' wrote, instead of --dataset")
                      ->excludes(dataset);
  // What is about reading and encoding images, which are vectors already.
  for (const char* name :
       {"--split", "--image-column", "--text-column", "--images-root", "--format", "--max-captions",
        "--orientation", "--decode", "--batch-size"}) {
    vectors->excludes(command->get_option(name));
  }
  command
      ->add_option("--search", options->search,
                   "What is scanned of --vectors; the hits are the same")
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "int8"}))
      ->needs(vectors)
      ->capture_default_str();
  command
      ->add_option("--model", options->query.model,
                   "Model directory, file or name, or a pair: text=MODEL,image=MODEL[,seed=N]")
      ->required();
  command->add_option("--top-k", options->query.top_k, "Images for each text")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--grid", options->grid, "Also draw the images side by side into this PNG")
      ->check([](const std::string& name) {
        return name.ends_with(".png")
                   ? ""
                   : "'" + name + "' does not end in .png: the grid is a PNG image";
      });
  command->add_option("texts", options->query.texts, "What to look for")->required();
  command->footer(
      "Example:\n  sightline query --dataset emoji --model models/emoji-vit-8 --grid hearts.png "
      "'a red heart' 'a cat that laughs'");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

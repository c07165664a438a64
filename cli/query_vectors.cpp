#include "query_vectors.h"

#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/report.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "output.h"
#include "vector_files.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;
using Hits = std::vector<std::vector<Hit>>;
using Lines = std::map<int64_t, nlohmann::json>;

// What can be refused before a model is loaded.
void check_vectors(const VectorQuery& options, const VectorOrigin& origin,
                   const VectorIndex& index) {
  const std::string vectors = quoted(options.vectors), meta = quoted(meta_path(options.vectors));
  if (origin.rows != index.rows() || origin.dim != index.dim()) {
    throw Error(ErrorCode::invalid_data, meta, " is of ", origin.rows, " x ", origin.dim,
                " numbers, ", vectors, " has ", index.rows(), " x ", index.dim());
  }
  if (index.rows() > 0 && !origin.first_check.empty() &&
      origin.first_check != vector_check(index.row(0))) {
    throw Error(ErrorCode::invalid_data, meta, " and ", vectors,
                " are of different runs (their first vectors differ): encode again");
  }
  if (!origin.unit_length) {
    throw Error(ErrorCode::invalid_argument, vectors,
                " has vectors that are not of unit length, whose inner products do not rank "
                "images: encode without --raw");
  }
  if (!options.grid.empty() && origin.kind == "texts") {
    throw Error(ErrorCode::invalid_argument, "--grid draws images, and the vectors of ", vectors,
                " are of texts");
  }
}

// Vectors of another model, or of another version of it, give hits that look right and are not.
void check_origin(const VectorQuery& options, const std::optional<VectorOrigin>& origin,
                  const VectorIndex& index, const ModelInfo& model) {
  const std::string vectors = quoted(options.vectors);
  if (!origin) {
    warn("nothing says which model made " + vectors + ": there is no " +
         quoted(meta_path(options.vectors)));
  } else if (origin->fingerprint != model.fingerprint) {
    throw Error(ErrorCode::invalid_argument, vectors, " was made by the model '", origin->model,
                "' (fingerprint ", origin->fingerprint.substr(0, 12), "), not by '", model.name,
                "' (", model.fingerprint.substr(0, 12), ")");
  }
  if (index.dim() != model.embedding_dim) {
    throw Error(ErrorCode::invalid_argument, vectors, " has vectors of ", index.dim(),
                " numbers, the model '", model.name, "' makes ", model.embedding_dim);
  }
}

std::string id_of(const Lines& lines, int64_t row) {
  return lines.at(row).at("id").get<std::string>();
}

// What a row says beside its id: a text.
std::string text_of(const Lines& lines, int64_t row) {
  return lines.at(row).value("text", std::string());
}

void print_tables(const VectorQuery& options, const Hits& hits, const Lines& lines) {
  for (size_t q = 0; q < hits.size(); ++q) {
    std::vector<std::vector<std::string>> rows;
    for (size_t i = 0; i < hits[q].size(); ++i) {
      const Hit& hit = hits[q][i];
      rows.push_back({std::to_string(i + 1), fixed(hit.similarity, 4), text_of(lines, hit.index),
                      id_of(lines, hit.index)});
    }
    std::printf("%s\n%s\n", heading(options.texts[q]).c_str(),
                format_table({">rank", ">similarity", "caption", "id"}, rows).c_str());
  }
}

void print_hits_json(const VectorQuery& options, const VectorIndex& index, const ModelInfo& model,
                     const SearchStatistics& statistics, const Hits& hits, const Lines& lines) {
  Json queries = Json::array();
  for (size_t q = 0; q < hits.size(); ++q) {
    Json found = Json::array();
    for (size_t i = 0; i < hits[q].size(); ++i) {
      const Hit& hit = hits[q][i];
      const std::string text = text_of(lines, hit.index);
      found.push_back({{"rank", i + 1},
                       {"similarity", hit.similarity},
                       {"id", id_of(lines, hit.index)},
                       {"row", hit.index},
                       {"captions", text.empty() ? Json::array() : Json::array({text})}});
    }
    queries.push_back({{"text", options.texts[q]}, {"hits", std::move(found)}});
  }
  const Json json = {{"model", {{"name", model.name}, {"fingerprint", model.fingerprint}}},
                     {"vectors", options.vectors.string()},
                     {"images", index.rows()},
                     {"search", scan_type_name(statistics.scan)},
                     {"rescored", statistics.rescored},
                     {"queries", std::move(queries)}};
  print_json(json);
}

void write_grid(const VectorQuery& options, const Hits& hits, const Lines& lines) {
  std::vector<GridQuery> grids;
  for (size_t q = 0; q < hits.size(); ++q) {
    GridQuery grid;
    grid.title = options.texts[q];
    for (const Hit& hit : hits[q]) {
      const std::string id = id_of(lines, hit.index);
      std::error_code error;
      if (!fs::is_regular_file(id, error)) {
        throw Error(ErrorCode::not_found, "--grid cannot draw '", one_line(id),
                    "': it is no file that can be read from here "
                    "(images of a data set: query --dataset)");
      }
      grid.images.push_back({read_file(id, ImageLimits{}.max_bytes), hit.similarity, id, false});
    }
    grids.push_back(std::move(grid));
  }
  const std::vector<uint8_t> png = render_grid(grids);
  write_file_atomic(options.grid, std::span<const uint8_t>(png));
}

}  // namespace

int query_vectors(const VectorQuery& options) {
  const VectorIndex index = VectorIndex::open(options.vectors);
  for (const std::string& warning : index.warnings()) warn(warning);
  ModelOptions model_options = options.model_options;
  const auto origin = read_origin(options.vectors);
  if (origin) check_vectors(options, *origin, index);
  // Queries are cheap in any precision: auto is the one that the vectors were made in, where there
  // is a choice.
  if (!model_options.precision) {
    const bool follows = origin && model_options.backend == Backend::cpu;
    model_options.precision = follows ? origin->computation.precision : Precision::fp32;
  }
  model_options.load_image_tower = false;
  model_options.lazy_packing = true;
  model_options.digest_cache = options.cache;
  const Model model = Model::load(options.model, model_options);
  model.tokenizer();  // says in one sentence where the model has no tower for texts
  for (const std::string& warning : model.info().warnings) warn(warning);
  check_origin(options, origin, index, model.info());
  const EncodedTexts encoded = Encoder(model, {}).encode_texts(options.texts);
  SearchStatistics statistics;
  const Hits hits = index.search(encoded.vectors.values, encoded.vectors.rows,
                                 {options.top_k, options.scan}, &statistics);
  std::set<int64_t> wanted;
  for (const auto& found : hits) {
    for (const Hit& hit : found) wanted.insert(hit.index);
  }
  const Lines lines = read_id_lines(options.vectors, index, wanted);
  if (index.rows() == 0) warn("no vector in '" + options.vectors.string() + "'");
  if (options.as_json) {
    print_hits_json(options, index, model.info(), statistics, hits, lines);
  } else {
    print_tables(options, hits, lines);
    std::printf("%s: %lld vectors, %s scan, %lld rescored\n", model.info().name.c_str(),
                static_cast<long long>(index.rows()),
                std::string(scan_type_name(statistics.scan)).c_str(),
                static_cast<long long>(statistics.rescored));
  }
  if (!options.grid.empty()) write_grid(options, hits, lines);
  return kDone;
}

}  // namespace sightline::cli

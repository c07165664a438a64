// Options of search.
#pragma once

#include <sightline/configuration.h>
#include <sightline/search.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluation_options.h"

namespace sightline::cli {

struct SearchFlags {
  EvaluationInput input;
  EvaluationFlags flags;
  std::string model, scan = "auto", format = "table";
  std::filesystem::path vectors, library, grid, queries, config;
  Configuration configuration;  // of --config
  std::vector<std::string> texts, templates;
  bool literal = false;         // texts are no queries of the language
  std::vector<Query> of_texts;  // one per text
  std::vector<std::filesystem::path> images;
  std::vector<std::string> query_vectors;
  int top_k = 5;
  int64_t offset = 0;
  std::optional<double> min_similarity;
  bool judge = false, no_judge = false, no_correction = false;
  bool group = false;
  std::string diverse;  // empty: not
  std::string preview;  // empty: none; "auto", or the name of graphics
  double fdr = SignificanceOptions{}.fdr;

  bool has_term(QueryType type) const {
    return std::ranges::any_of(of_texts, [type](const Query& query) {
      return std::ranges::find(query.terms, type, &QueryTerm::type) != query.terms.end();
    });
  }
  bool has_text() const { return has_term(QueryType::text); }
  bool has_image() const { return !images.empty() || has_term(QueryType::image); }
};

void add_search_options(CLI::App& command, SearchFlags& options);

}  // namespace sightline::cli

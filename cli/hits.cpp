#include "hits.h"

#include <sightline/error.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "console.h"

namespace sightline::cli {
namespace {

bool any_split(const SearchResult& result) {
  return std::ranges::any_of(result.queries, [](const QueryHits& query) {
    return std::ranges::any_of(query.hits,
                               [](const SearchHit& hit) { return !split_of(hit.item).empty(); });
  });
}

// The number of items that the query's filter leaves.
std::string filter_note(const QueryHits& query, int64_t rows) {
  if (!query.query || query.query->filter.empty()) return "";
  return message(" (", query.matching, " of ", counted(rows, "item"), " ",
                 query.matching == 1 ? "meets" : "meet", " the filter)");
}

bool any_judged(const SearchResult& result) {
  return std::ranges::any_of(result.queries,
                             [](const QueryHits& query) { return query.significance.has_value(); });
}

// The verdict on the hits of a query.
std::string verdict_note(const QueryHits& query) {
  if (!query.significance || query.matching == 0) return "";
  switch (query.significance->verdict) {
    case Verdict::match:
      return " (" + counted(query.significance->matches, "match", "matches") + ")";
    case Verdict::weak:
      return " (weak: hits may be matches)";
    case Verdict::no_match:
      return " (no match: no hit is distinguishable from chance)";
    case Verdict::unknown:
      break;
  }
  return " (too few images to tell matches from chance)";
}

std::string similar_note(const SearchHit& hit) {
  return hit.duplicates.empty() ? "" : message("+", hit.duplicates.size(), " similar");
}

bool any_duplicates(const SearchResult& result) {
  return std::ranges::any_of(result.queries, [](const QueryHits& query) {
    return std::ranges::any_of(query.hits,
                               [](const SearchHit& hit) { return !hit.duplicates.empty(); });
  });
}

// With the data set, and the split if there is one, of each hit of several data sets.
void print_tables(const SearchResult& result, std::span<const std::string> previews,
                  std::FILE* file) {
  const bool several = !result.parts.empty(), splits = several && any_split(result);
  const bool judged = any_judged(result), grouped = any_duplicates(result);
  std::vector<std::string> header = {">rank", ">similarity"};
  if (judged) header.emplace_back(">q");
  header.emplace_back("~caption");
  if (several) header.emplace_back("data set");
  if (splits) header.emplace_back("split");
  header.emplace_back("id");
  if (grouped) header.emplace_back("near-duplicates");
  for (size_t q = 0; q < result.queries.size(); ++q) {
    const QueryHits& query = result.queries[q];
    const bool has_similarity = !query.query || !query.query->terms.empty();
    std::vector<std::vector<std::string>> rows;
    for (size_t i = 0; i < query.hits.size(); ++i) {
      const SearchHit& hit = query.hits[i];
      const VectorItem& item = hit.item;
      rows.push_back({std::to_string(hit.rank), has_similarity ? fixed(hit.similarity, 4) : ""});
      if (judged)
        rows.back().push_back(query.significance ? fixed(query.significance->hits[i].q, 3) : "");
      rows.back().push_back(item.captions.empty() ? "" : item.captions[0]);
      if (several) rows.back().push_back(item.dataset);
      if (splits) rows.back().push_back(split_of(item));
      rows.back().push_back(item.id);
      if (grouped) rows.back().push_back(similar_note(hit));
    }
    std::fprintf(file, "%s%s%s\n%s\n", heading(query.name).c_str(),
                 filter_note(query, result.rows).c_str(), verdict_note(query).c_str(),
                 format_table(header, rows).c_str());
    if (q < previews.size() && !previews[q].empty())
      std::fprintf(file, "%s\n", previews[q].c_str());
  }
}

}  // namespace

void print_hits(const SearchResult& result, std::span<const std::string> previews,
                std::FILE* file) {
  print_tables(result, previews, file);
  std::string encoding;
  if (result.encoding) {
    encoding = message(" (", result.encoding->counts.encoded_images, " encoded, ",
                       result.encoding->counts.cached_images, " cached)");
  }
  const std::string& name = result.model.empty() ? result.collection.string() : result.model;
  std::fprintf(file, "%s: %lld vectors%s, %s scan, %lld rescored\n", one_line(name).c_str(),
               static_cast<long long>(result.rows), encoding.c_str(),
               std::string(scan_type_name(result.statistics.scan)).c_str(),
               static_cast<long long>(result.statistics.rescored));
  if (result.encoding && !result.encoding->precision_choice.empty())
    std::fprintf(file, "precision %s\n", result.encoding->precision_choice.c_str());
}

void print_paths(const SearchResult& result, const Collection& collection, char end) {
  std::set<std::string> printed;
  for (const QueryHits& query : result.queries) {
    for (const SearchHit& hit : query.hits) {
      const std::string path = collection.file_of(hit.item).string();
      if (!printed.insert(path).second) continue;
      std::fwrite(path.data(), 1, path.size(), stdout);
      std::fputc(end, stdout);
    }
  }
}

}  // namespace sightline::cli

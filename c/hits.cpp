#include "call.h"
#include "handles.h"

namespace sightline::c {
namespace {

const QueryHits& query_of(const sightline_hits* hits, size_t query) {
  const auto& queries = required(hits, "hits").result.queries;
  require_below(query, queries.size(), "query");
  return queries[query];
}

const SearchHit& hit_of(const sightline_hits* hits, size_t query, size_t i) {
  const auto& all = query_of(hits, query).hits;
  require_below(i, all.size(), "hit");
  return all[i];
}

sightline_hit hit_struct(const VectorItem& item, const sightline_hits::Place& place) {
  sightline_hit to = {};
  to.p = to.q = 1;
  to.key = place.key;
  to.id = item.id.c_str();
  to.path = place.path.c_str();
  to.dataset = item.dataset.c_str();
  to.caption_count = item.captions.size();
  to.copy_count = item.copies.size();
  return to;
}

int32_t verdict_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::match:
      return SIGHTLINE_VERDICT_MATCH;
    case Verdict::weak:
      return SIGHTLINE_VERDICT_WEAK;
    case Verdict::no_match:
      return SIGHTLINE_VERDICT_NO_MATCH;
    case Verdict::unknown:
      return SIGHTLINE_VERDICT_UNKNOWN;
  }
  return SIGHTLINE_VERDICT_UNKNOWN;
}

}  // namespace
}  // namespace sightline::c

using namespace sightline::c;

sightline_status sightline_hits_get_info(const sightline_hits* hits, sightline_hits_info* info,
                                         sightline_error* error) {
  return guarded(error, [&] {
    const sightline::SearchResult& from = required(hits, "hits").result;
    sightline_hits_info to = {};
    to.query_count = from.queries.size();
    to.warning_count = from.warnings.size();
    to.rows = from.rows;
    to.model = from.model.c_str();
    write_info(info, to, "sightline_hits_info");
  });
}

sightline_status sightline_hits_query(const sightline_hits* hits, size_t query,
                                      sightline_query_info* info, sightline_error* error) {
  return guarded(error, [&] {
    const sightline::QueryHits& from = query_of(hits, query);
    sightline_query_info to = {};
    to.name = from.name.c_str();
    to.hit_count = from.hits.size();
    to.matching = from.matching;
    to.p = 1;
    to.verdict = SIGHTLINE_VERDICT_UNKNOWN;
    if (from.significance) {
      to.judged = 1;
      to.matches = from.significance->matches;
      to.p = from.significance->p;
      to.verdict = verdict_of(from.significance->verdict);
    }
    write_info(info, to, "sightline_query_info");
  });
}

sightline_status sightline_hits_get(const sightline_hits* hits, size_t query, size_t i,
                                    sightline_hit* hit, sightline_error* error) {
  return guarded(error, [&] {
    const sightline::SearchHit& from = hit_of(hits, query, i);
    sightline_hit to = hit_struct(from.item, hits->places[query][i].front());
    to.rank = from.rank;
    to.similarity = from.similarity;
    to.row = from.row;
    to.duplicate_count = from.duplicates.size();
    if (const auto& significance = hits->result.queries[query].significance) {
      to.judged = 1;
      to.p = significance->hits[i].p;
      to.q = significance->hits[i].q;
    }
    write_info(hit, to, "sightline_hit");
  });
}

sightline_status sightline_hits_caption(const sightline_hits* hits, size_t query, size_t i,
                                        size_t j, const char** caption, sightline_error* error) {
  return guarded(error, [&] {
    const auto& captions = hit_of(hits, query, i).item.captions;
    require_below(j, captions.size(), "caption");
    required(caption, "caption") = captions[j].c_str();
  });
}

sightline_status sightline_hits_copy(const sightline_hits* hits, size_t query, size_t i, size_t j,
                                     const char** id, sightline_error* error) {
  return guarded(error, [&] {
    const auto& copies = hit_of(hits, query, i).item.copies;
    require_below(j, copies.size(), "copy");
    required(id, "id") = copies[j].c_str();
  });
}

sightline_status sightline_hits_duplicate(const sightline_hits* hits, size_t query, size_t i,
                                          size_t j, sightline_hit* hit, sightline_error* error) {
  return guarded(error, [&] {
    const sightline::SearchHit& first = hit_of(hits, query, i);
    require_below(j, first.duplicates.size(), "duplicate");
    const sightline::SearchDuplicate& from = first.duplicates[j];
    sightline_hit to = hit_struct(from.item, hits->places[query][i][j + 1]);
    to.rank = first.rank;
    to.similarity = from.similarity;
    to.row = from.row;
    write_info(hit, to, "sightline_hit");
  });
}

sightline_status sightline_hits_field(const sightline_hits* hits, size_t query, size_t i,
                                      const char* name, const char** value,
                                      sightline_error* error) {
  return guarded(error, [&] {
    const auto& fields = hit_of(hits, query, i).item.fields;
    const auto found = fields.find(&required(name, "name"));
    required(value, "value") = found == fields.end() ? nullptr : found->second.c_str();
  });
}

sightline_status sightline_hits_warning(const sightline_hits* hits, size_t i, const char** warning,
                                        sightline_error* error) {
  return guarded(error, [&] {
    const auto& warnings = required(hits, "hits").result.warnings;
    require_below(i, warnings.size(), "warning");
    required(warning, "warning") = warnings[i].c_str();
  });
}

void sightline_hits_free(sightline_hits* hits) {
  delete hits;
}

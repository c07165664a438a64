#include "eval/failures/corrections.h"

#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "eval/failures/changes.h"
#include "eval/similarity.h"

namespace sightline {
namespace {

constexpr std::array kAll = {Correction::csls, Correction::csls_bank, Correction::inverted_softmax,
                             Correction::dual_softmax, Correction::qb_norm};

// The mean similarity of each candidate with its nearest texts: r(c) of CSLS.
std::vector<double> neighbour_means(const Matrix& candidates, const Matrix& texts, int neighbours) {
  std::vector<double> means;
  const auto nearest =
      VectorIndex::view(texts, "the vectors of texts").search(candidates, {.k = neighbours});
  for (const auto& hits : nearest) {
    double sum = 0;
    for (const Hit& hit : hits) sum += hit.similarity;
    means.push_back(sum / static_cast<double>(hits.size()));
  }
  return means;
}

// log(sum over the texts p of exp(beta s(p, c))) of each candidate c. No exponent overflows: the
// largest one is subtracted before.
std::vector<double> log_sums(const Matrix& candidates, const Matrix& texts, double beta) {
  struct Sum {
    double largest = -HUGE_VAL, scaled = 0;  // the sum is scaled * exp(largest)
  };
  std::vector<Sum> sums(static_cast<size_t>(candidates.rows));
  for_each_similarity(candidates, texts, [&](int64_t c, int64_t, std::span<const double> values) {
    Sum& sum = sums[static_cast<size_t>(c)];
    const double largest = std::max(sum.largest, beta * *std::ranges::max_element(values));
    sum.scaled *= std::exp(sum.largest - largest);
    sum.largest = largest;
    for (const double value : values) sum.scaled += std::exp(beta * value - largest);
  });
  std::vector<double> logs;
  for (const Sum& sum : sums) logs.push_back(sum.largest + std::log(sum.scaled));
  return logs;
}

// Whether each candidate is the most similar one of a text of the bank.
std::vector<bool> activated_by(const Matrix& bank, const VectorIndex& candidates) {
  std::vector<bool> activated(static_cast<size_t>(candidates.rows()));
  for (const auto& hits : candidates.search(bank, {.k = 1}))
    activated[static_cast<size_t>(hits[0].index)] = true;
  return activated;
}

// The queries that qb_norm corrects: those whose most similar candidate is activated.
std::vector<bool> with_activated_best(const CorrectionInput& input) {
  const auto candidates = VectorIndex::view(input.images, "the vectors of the images");
  const std::vector<bool> activated = activated_by(input.bank, candidates);
  std::vector<bool> corrected;
  for (const auto& hits : candidates.search(input.texts, {.k = 1}))
    corrected.push_back(activated[static_cast<size_t>(hits[0].index)]);
  return corrected;
}

// The corrected similarity of a query and a candidate, up to an increasing function of the query.
struct Corrected {
  Correction correction = Correction::none;
  double beta = 0;
  std::vector<double> of_candidate;  // r(c), or the logarithm of the sum
  std::vector<bool> query;           // qb_norm: whether the query is corrected

  double value(size_t q, size_t c, double similarity) const {
    switch (correction) {
      case Correction::none:
        return similarity;
      case Correction::csls:
      case Correction::csls_bank:
        return 2 * similarity - of_candidate[c];
      case Correction::inverted_softmax:
        return beta * similarity - of_candidate[c];
      case Correction::dual_softmax:
        return similarity * std::exp(beta * similarity - of_candidate[c]);
      case Correction::qb_norm:
        return query[q] ? beta * similarity - of_candidate[c] : similarity;
    }
    return similarity;
  }
};

Corrected prepare(const CorrectionInput& input, Correction correction,
                  const CorrectionOptions& options) {
  Corrected out{correction, options.beta, {}, {}};
  const Matrix& texts = needs_bank(correction) ? input.bank : input.texts;
  if (correction == Correction::none) return out;
  if (texts.rows == 0) {
    throw Error(ErrorCode::invalid_argument, "the correction ", correction_name(correction),
                " needs the texts of a query bank");
  }
  if (correction == Correction::csls || correction == Correction::csls_bank) {
    out.of_candidate = neighbour_means(input.images, texts, options.neighbours);
  } else {
    out.of_candidate = log_sums(input.images, texts, options.beta);
  }
  if (correction == Correction::qb_norm) out.query = with_activated_best(input);
  return out;
}

}  // namespace

std::span<const Correction> all_corrections() {
  return kAll;
}

std::string_view correction_name(Correction correction) {
  switch (correction) {
    case Correction::none:
      return "none";
    case Correction::csls:
      return "csls";
    case Correction::csls_bank:
      return "csls-bank";
    case Correction::inverted_softmax:
      return "inverted-softmax";
    case Correction::dual_softmax:
      return "dual-softmax";
    case Correction::qb_norm:
      return "qb-norm";
  }
  return "";
}

Correction parse_correction(std::string_view name) {
  std::string names(correction_name(Correction::none));
  if (name == names) return Correction::none;
  for (const Correction correction : kAll) {
    if (correction_name(correction) == name) return correction;
    names += ", " + std::string(correction_name(correction));
  }
  throw Error(ErrorCode::invalid_argument, "unknown correction '", name, "', expected one of ",
              names);
}

bool is_transductive(Correction correction) {
  return correction != Correction::none && !needs_bank(correction);
}

bool needs_bank(Correction correction) {
  return correction == Correction::csls_bank || correction == Correction::qb_norm;
}

void check_corrections(const CorrectionOptions& options) {
  if (options.neighbours < 1 || !(options.beta > 0) || !std::isfinite(options.beta) ||
      options.max_captions < 1) {
    throw Error(ErrorCode::invalid_argument,
                "corrections need at least one neighbour and one caption, and a beta above 0, "
                "found ",
                options.neighbours, ", ", options.max_captions, " and ", options.beta);
  }
  for (size_t i = 0; i < options.kinds.size(); ++i) {
    if (std::find(options.kinds.begin(), options.kinds.begin() + static_cast<std::ptrdiff_t>(i),
                  options.kinds[i]) != options.kinds.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw Error(ErrorCode::invalid_argument, "the correction ", correction_name(options.kinds[i]),
                  " is given twice");
    }
  }
}

CorrectedRanks corrected_ranks(const CorrectionInput& input, Correction correction,
                               const CorrectionOptions& options) {
  const Corrected corrected = prepare(input, correction, options);
  CorrectedRanks out;
  out.rank.assign(static_cast<size_t>(input.texts.rows), 1);
  std::vector<double> own(out.rank.size());
  for (size_t q = 0; q < own.size(); ++q) {
    const int64_t c = input.text_image[q];
    own[q] =
        corrected.value(q, static_cast<size_t>(c),
                        similarity(input.texts.row(static_cast<int64_t>(q)), input.images.row(c)));
  }
  for_each_similarity(input.texts, input.images,
                      [&](int64_t query, int64_t first, std::span<const double> values) {
                        const auto q = static_cast<size_t>(query);
                        for (size_t i = 0; i < values.size(); ++i) {
                          const auto c = static_cast<size_t>(first) + i;
                          if (static_cast<int64_t>(c) == input.text_image[q]) continue;
                          out.rank[q] += !(corrected.value(q, c, values[i]) < own[q]);
                        }
                      });
  out.corrected_queries = correction == Correction::none ? 0
                          : corrected.query.empty()      ? input.texts.rows
                                                    : std::ranges::count(corrected.query, true);
  return out;
}

std::vector<CorrectionEffect> measure_corrections(const CorrectionInput& input,
                                                  std::span<const int64_t> uncorrected_ranks,
                                                  const CorrectionOptions& options,
                                                  const StatisticsOptions& statistics,
                                                  const ProgressFn& progress,
                                                  const std::string& stage) {
  if (options.kinds.empty()) return {};
  std::vector<CorrectionEffect> out(1);
  std::vector<std::vector<int64_t>> ranks = {{uncorrected_ranks.begin(), uncorrected_ranks.end()}};
  for (const Correction kind : options.kinds) {
    CorrectedRanks measured = corrected_ranks(input, kind, options);
    out.push_back({kind, measured.corrected_queries, {}});
    ranks.push_back(std::move(measured.rank));
    if (progress) {
      progress({"ranking, " + stage, static_cast<int64_t>(out.size()) - 1,
                static_cast<int64_t>(options.kinds.size()), ""});
    }
  }
  const std::vector<ChangedRetrieval> metrics = changed_retrieval(
      ranks, input.text_image, input.images.rows, statistics, progress, "bootstrap, " + stage);
  for (size_t i = 0; i < out.size(); ++i) out[i].metrics = metrics[i];
  return out;
}

}  // namespace sightline

#include "eval/failures/failure_run.h"

#include <sightline/error.h>

#include <algorithm>
#include <utility>

#include "drawing/label.h"
#include "eval/failures/corrections.h"
#include "eval/failures/groups.h"
#include "eval/failures/hubness.h"
#include "eval/failures/query_bank.h"
#include "eval/failures/typographic.h"

namespace sightline {
namespace {

bool uses_bank(const FailureOptions& options) {
  return std::ranges::any_of(options.corrections.kinds, needs_bank);
}

void check_combinations(const ExperimentOptions& options) {
  const FailureOptions& failures = options.failures;
  if (options.expansion.active() && (!failures.corrections.kinds.empty() || failures.typographic)) {
    throw Error(ErrorCode::invalid_argument,
                "corrections and the typographic attack do not support query expansion");
  }
  if (options.fusion.active() && failures.typographic) {
    throw Error(ErrorCode::invalid_argument,
                "the typographic attack does not support images fused with texts");
  }
}

}  // namespace

void check_failures(const FailureOptions& options) {
  if (options.hub_k < 0)
    throw Error(ErrorCode::invalid_argument, "K of hubs must not be negative, found ",
                options.hub_k);
  check_corrections(options.corrections);
  if (options.typographic && options.typographic->max_images < 1) {
    throw Error(ErrorCode::invalid_argument,
                "the typographic attack needs at least one image, found ",
                options.typographic->max_images);
  }
}

void measure_hubs(ModelResult& model, const RetrievalSet& image_queries,
                  const RetrievalSet& text_queries, int k) {
  if (k == 0) return;
  model.failures.image_hubs = image_hubness(text_queries, k);
  model.failures.caption_hubs = caption_hubness(image_queries, k);
}

FailureRun::FailureRun(const ExperimentOptions& options) : options_(options) {
  check_failures(options.failures);
  check_combinations(options);
  if (options.failures.typographic && !can_draw("abc")) {
    throw Error(ErrorCode::unsupported,
                "no installed font can draw the words of the typographic attack: install a font, "
                "such as the Debian package fonts-dejavu-core");
  }
  if (uses_bank(options.failures))
    bank_ =
        read_bank_captions(options.input.dataset, options.failures.corrections, options.captions);
}

void FailureRun::choose(const std::vector<SeenRow>& seen, const std::vector<std::string>& captions,
                        const std::function<int64_t(const std::string&)>& number_of) {
  if (uses_bank(options_.failures)) {
    bank_ = choose_bank(std::move(bank_), captions, options_.failures.corrections, bank_facts_);
  }
  if (!options_.failures.typographic) return;
  std::vector<std::vector<int64_t>> row_captions(seen.size());
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].error || seen[i].repeats) continue;
    for (const std::string& caption : seen[i].row.captions)
      row_captions[i].push_back(number_of(caption));
  }
  attacks_ = plan_attacks(captions, row_captions, *options_.failures.typographic, can_draw);
  for (const Attack& attack : attacks_)
    wrong_captions_.push_back(captions[static_cast<size_t>(attack.wrong)]);
}

FailureVectors FailureRun::encode(
    DualEncoder& encoder,
    const std::function<Matrix(const std::vector<std::string>&)>& encode_texts,
    std::vector<std::string>& warnings) const {
  FailureVectors made;
  if (uses_bank(options_.failures)) made.bank = encode_texts(bank_);
  if (!options_.failures.typographic) return made;
  made.attacks = encode_attacked(options_.input, attacks_, encoder);
  warnings.insert(warnings.end(), made.attacks.warnings.begin(), made.attacks.warnings.end());
  return made;
}

void FailureRun::describe(ExperimentResult& result) const {
  result.failures = options_.failures;
  if (uses_bank(options_.failures)) result.bank = bank_facts_;
  group_columns_of(result);  // refuses a wrong column before the long work of ranking
}

void FailureRun::measure(const ExperimentResult& result, ModelResult& model,
                         const RetrievalSet& set, const FailureVectors& vectors,
                         std::span<const int64_t> kept, const Matrix& captions,
                         const ProgressFn& progress) const {
  model.failures.corrections = measure_corrections(
      {set.texts, set.images, set.text_image, vectors.bank}, model.ranks.text_rank,
      options_.failures.corrections, result.statistics, progress, "corrections, " + model.label);
  if (options_.failures.typographic)
    measure_typographic(result, model, set, vectors, kept, captions, progress);
}

void FailureRun::measure_typographic(const ExperimentResult& result, ModelResult& model,
                                     const RetrievalSet& set, const FailureVectors& vectors,
                                     std::span<const int64_t> kept, const Matrix& captions,
                                     const ProgressFn& progress) const {
  // The attacks count rows as they were read; `set` has those that every model could encode.
  AttackedVectors usable = vectors.attacks;
  std::vector<Attack> attacks = attacks_;
  for (size_t a = 0; a < attacks.size(); ++a) {
    const auto at = std::ranges::lower_bound(kept, attacks[a].row);
    if (at == kept.end() || *at != attacks[a].row) {
      usable.encoded[a] = false;
      attacks[a].row = 0;
    } else {
      attacks[a].row = at - kept.begin();
    }
  }
  MeasuredAttacks measured =
      measure_attacks({set, model.ranks, attacks, usable, captions}, result.statistics, progress,
                      "images with words, " + model.label);
  for (size_t e = 0; e < measured.result.examples.size(); ++e) {
    TypographicExample& example = measured.result.examples[e];
    const auto t = static_cast<size_t>(measured.own_text[e]);
    example.wrong = wrong_captions_[measured.attack[e]];
    example.own = result.rows[static_cast<size_t>(result.text_row[t])]
                      .captions[static_cast<size_t>(result.text_caption[t])];
  }
  measured.result.encoded_images = usable.counts.encoded_images;
  measured.result.cached_images = usable.counts.cached_images;
  measured.result.seconds = usable.counts.seconds;
  model.failures.typographic = std::move(measured.result);
}

}  // namespace sightline

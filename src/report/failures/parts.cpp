#include "report/failures/parts.h"

#include <algorithm>

#include "base/text.h"
#include "report/text.h"

namespace sightline {

double mean_occurrence(const Hubness& hubness) {
  if (hubness.candidates == 0) return 0;
  return static_cast<double>(hubness.queries) * hubness.k / static_cast<double>(hubness.candidates);
}

std::string correction_notes(const ExperimentResult& result) {
  const std::vector<Correction>& kinds = result.failures.corrections.kinds;
  std::string text;
  if (std::ranges::any_of(kinds, is_transductive)) {
    text +=
        "*: transductive: uses all captions of the experiment at once, which a search that answers "
        "one query at a time cannot\n";
  }
  if (result.bank) {
    text += "query bank of csls-bank and qb-norm: " + counted(result.bank->captions, "caption") +
            " of split '" + plain_text(result.bank->split) + "'; " +
            std::to_string(result.bank->excluded) +
            " that are captions of the experiment are left out\n";
  }
  for (const ModelResult& model : result.models) {
    for (const CorrectionEffect& effect : model.failures.corrections) {
      if (effect.correction != Correction::qb_norm) continue;
      text += plain_text(model.label) + ": qb-norm corrects " +
              std::to_string(effect.corrected_queries) + " of " +
              std::to_string(result.text_row.size()) + " queries\n";
    }
  }
  return text;
}

std::string group_name(const std::string& value) {
  const std::string text = plain_text(value);
  return text.empty() ? "(empty)" : text;
}

}  // namespace sightline

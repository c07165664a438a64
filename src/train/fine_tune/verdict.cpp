#include "train/fine_tune/verdict.h"

#include <sightline/error.h>

#include <set>

#include "base/text.h"

namespace sightline {
namespace {

constexpr int64_t kFewImages = 30;  // below it, bootstrap intervals are too narrow

bool is_rank(const PairedFigure& figure) {
  return figure.name.ends_with("MRR");
}

std::string signed_text(const PairedFigure& figure, double value) {
  char text[32];
  if (is_rank(figure)) {
    std::snprintf(text, sizeof text, "%+.3f", value);
  } else {
    std::snprintf(text, sizeof text, "%+.1f", 100 * value);
  }
  return text;
}

std::string unit_of_difference(const PairedFigure& figure) {
  return is_rank(figure) ? "" : " points";
}

bool captions_are_equal(const SplitPlan& plan, SplitPart part) {
  std::set<std::string> captions;
  for (const PlannedImage& image : plan.images) {
    if (image.part == part) captions.insert(image.captions.begin(), image.captions.end());
  }
  return captions.size() == 1 && plan.count(part) > 1;
}

}  // namespace

std::string figure_text(const PairedFigure& figure, double value) {
  char text[32];
  if (is_rank(figure)) {
    std::snprintf(text, sizeof text, "%.3f", value);
  } else {
    std::snprintf(text, sizeof text, "%.1f %%", 100 * value);
  }
  return text;
}

std::string difference_text(const PairedFigure& figure) {
  return signed_text(figure, figure.difference) + unit_of_difference(figure);
}

std::string interval_text(const PairedFigure& figure) {
  return signed_text(figure, figure.low) + " … " + signed_text(figure, figure.high) +
         unit_of_difference(figure);
}

std::string training_text(const FineTuneResult& result) {
  const std::string steps = counted(result.steps, "step");
  return result.epochs == 0 ? steps : counted(result.epochs, "epoch") + ", " + steps;
}

std::string verdict_text(const FineTuneResult& result, FineTuneMethod method) {
  const PairedFigure& main = result.test.front();
  const bool prompt = method == FineTuneMethod::prompt;
  const std::string verdict =
      result.accepted     ? "The result is better on the test part"
      : result.share == 0 ? std::string("The result is the start: on validation, ") +
                                (prompt ? "the learned prompt was not better"
                                        : "no share of the new weights was better")
                          : "The result is not accepted, because the interval of the difference "
                            "on the test part is not above 0";
  return message(verdict, " (", main.name, " ", figure_text(main, main.after), ", start ",
                 figure_text(main, main.before), ", difference ", difference_text(main),
                 ", 95 % interval ", interval_text(main), ").");
}

std::vector<std::string> part_warnings(const SplitPlan& plan) {
  std::vector<std::string> warnings;
  if (const int64_t count = plan.count(SplitPart::test); count > 0 && count < kFewImages) {
    warnings.push_back(message("the test part has only ", counted(count, "image"),
                               ", too few for reliable intervals"));
  }
  for (const SplitPart part : {SplitPart::train, SplitPart::validation, SplitPart::test}) {
    if (captions_are_equal(plan, part)) {
      warnings.push_back(message("all captions of the part ", part_name(part),
                                 " are equal, so that they tell no images apart"));
    }
  }
  return warnings;
}

}  // namespace sightline

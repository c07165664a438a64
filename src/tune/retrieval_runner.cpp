// Trials of retrieval without training.
#include <sightline/error.h>
#include <sightline/tune.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "tune/halving.h"
#include "tune/trial_data.h"
#include "tune/trial_measurement.h"

namespace sightline {
namespace {

Configuration checked(const std::string& configuration) {
  Configuration c = parse_configuration(configuration, configuration);
  if (c.model.empty()) {
    throw Error(ErrorCode::invalid_argument, "the configuration ", configuration,
                " has no 'model'");
  }
  return c;
}

std::vector<Configuration> configurations_of(const TuningPlan& plan) {
  check_objective(plan.objective);
  if (plan.data.choice_share || plan.data.validation_share) {
    throw Error(ErrorCode::invalid_argument,
                "the plan has choice_share or validation_share, which only plans that vary "
                "fine-tuning have");
  }
  std::vector<Configuration> out;
  for (const Trial& trial : propose_trials(plan)) out.push_back(checked(trial.configuration));
  return out;
}

// The shares of all rungs, ascending; the last one is 1.
std::vector<double> shares_of(const TuningPlan& plan) {
  std::set<double> shares = {1};
  const bool halves = plan.method != TuningMethod::random;
  for (int i = halves ? most_halvings(plan.eta, plan.least_share) : 0; i > 0; --i)
    shares.insert(std::pow(plan.eta, -i));
  return {shares.begin(), shares.end()};
}

class RetrievalRunner : public TrialRunner {
 public:
  RetrievalRunner(const TuningPlan& plan, const RunnerOptions& options)
      : plan_(plan), data_(plan, options, configurations_of(plan)), shares_(shares_of(plan)) {}

  std::string fingerprint() override { return data_.fingerprint(); }

  int64_t rows(TuningSide side) override {
    const TuningSplit& split = data_.split();
    return std::ssize(side == TuningSide::report ? split.report : split.selection);
  }

  void check(const std::string& configuration) const override { checked(configuration); }

  std::string work_key(const std::string& configuration) const override {
    return data_.work_key(parse_configuration(configuration, "a trial"));
  }

  TrialScores run(const TrialRequest& request) override {
    return measure_trial(data_, plan_, parse_configuration(request.configuration, "a trial"),
                         parts_of(request.side, request.share), request.progress);
  }

  std::string data_summary() override { return json_text(data_.summary()); }

 private:
  // A share consists of the parts between the shares of the rungs, each of which is encoded once.
  std::vector<RowPart> parts_of(TuningSide side, double share) const {
    const TuningSplit& split = data_.split();
    if (side == TuningSide::report) return {{"report", split.report}};
    std::vector<RowPart> parts;
    int64_t begin = 0;
    for (const double upto : shares_) {
      if (upto > share * (1 + 1e-9)) break;
      const auto count = static_cast<double>(split.selection.size());
      const auto end = std::max<int64_t>(1, std::llround(upto * count));
      RowPart part{message("selection ", begin, "-", end), {}};
      part.rows.assign(split.selection.begin() + begin, split.selection.begin() + end);
      std::ranges::sort(part.rows);
      if (!part.rows.empty()) parts.push_back(std::move(part));
      begin = end;
    }
    return parts;
  }

  TuningPlan plan_;
  TrialData data_;
  std::vector<double> shares_;
};

}  // namespace

std::unique_ptr<TrialRunner> retrieval_runner(const TuningPlan& plan,
                                              const RunnerOptions& options) {
  return std::make_unique<RetrievalRunner>(plan, options);
}

}  // namespace sightline

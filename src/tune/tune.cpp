#include <sightline/error.h>
#include <sightline/tune.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "tune/comparison.h"
#include "tune/halving.h"
#include "tune/importance.h"
#include "tune/trial_log.h"
#include "tune/tuning_progress.h"

namespace sightline {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr int kChoiceResamples = 1000;

double penalty_of(const TuningObjective& objective, const TrialEvaluation& e) {
  return objective.per_millisecond * e.milliseconds + objective.per_megabyte * e.megabytes +
         objective.per_training_second * e.training_seconds;
}

double score_of(const TuningObjective& objective, const TrialEvaluation& e) {
  if (!e.error.empty() || e.milliseconds > objective.most_milliseconds.value_or(HUGE_VAL) ||
      e.megabytes > objective.most_megabytes.value_or(HUGE_VAL) ||
      e.training_seconds > objective.most_training_seconds.value_or(HUGE_VAL))
    return kNever;
  return e.quality - penalty_of(objective, e);
}

// One run of a plan.
class Tuning {
 public:
  Tuning(const TuningPlan& plan, TrialRunner& runner, const TuneOptions& options)
      : plan_(plan),
        runner_(runner),
        options_(options),
        log_(plan, runner.fingerprint(), options),
        progress_(options.progress, plan.objective.name()) {
    result_.plan = plan;
    result_.fingerprint = runner.fingerprint();
    result_.trials = propose_trials(plan);
    for (const Trial& trial : result_.trials) runner.check(trial.configuration);
    const auto count = static_cast<int64_t>(result_.trials.size()) - 1;
    if (count < plan.trials) {
      result_.warnings.push_back(message("the plan has only ", count,
                                         " configurations besides the default, fewer than its ",
                                         plan.trials, " trials"));
    }
    brackets_ = brackets_of(plan, count);
    count_rows();
  }

  TuningResult run() {
    if (score(0, 1) == kNever) refuse_default();
    search();
    choose();
    report();
    explain();
    count_failures();
    result_.data_summary = runner_.data_summary();
    return std::move(result_);
  }

 private:
  void count_rows() {
    double selection = 1;
    for (const Bracket& bracket : brackets_) {
      for (const Rung& rung : bracket) selection += static_cast<double>(rung.trials) * rung.share;
    }
    progress_.set_total(selection * static_cast<double>(runner_.rows(TuningSide::selection)) +
                        2 * static_cast<double>(runner_.rows(TuningSide::report)));
  }

  Trial& trial(int64_t number) { return result_.trials[static_cast<size_t>(number)]; }

  [[noreturn]] void refuse_default() {
    const TrialEvaluation& failed = trial(0).evaluations.back();
    throw Error(ErrorCode::invalid_data,
                "the default configuration cannot be the one to compare "
                "with: ",
                failed.error.empty() ? "it is beyond a limit of the objective" : failed.error);
  }

  bool out_of_time() const { return plan_.minutes > 0 && log_.seconds() > 60 * plan_.minutes; }

  TrialRequest request_of(int64_t number, TuningSide side, double share) const {
    const Trial& of = result_.trials[static_cast<size_t>(number)];
    return {of.configuration, number, side, share, options_.out, {}};
  }

  // Evaluates, or takes from the log.
  const LoggedEvaluation& evaluation(const EvaluationKey& key) {
    progress_.begin_trial(key.trial, key.share * static_cast<double>(runner_.rows(key.side)));
    if (const LoggedEvaluation* known = log_.find(key)) return counted(key, *known);
    const Trial& of = trial(key.trial);
    TrialRequest request = request_of(key.trial, key.side, key.share);
    request.progress = [this](const ProgressUpdate& update) { progress_.update(update); };
    LoggedEvaluation out;
    out.configuration = of.configuration;
    ClusterGains gains;
    const auto start = Clock::now();
    try {
      TrialScores scores = runner_.run(request);
      gains = {std::move(scores.gains), std::move(scores.queries)};
      out.quality = mean_gain(gains);
      for (const double queries : gains.queries) out.queries += std::llround(queries);
      out.clusters = static_cast<int64_t>(gains.gains.size());
      out.megabytes = scores.megabytes;
      out.timing.milliseconds = scores.milliseconds;
      out.timing.training_seconds = scores.training_seconds;
      if (!std::isfinite(out.quality)) out.error = "the mean gain is not finite";
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled || error.code() == ErrorCode::io) throw;
      out.error = error.what();
    }
    out.timing.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (const auto given = log_.given_timing(key)) out.timing = *given;
    log_.append(key, of, out, key.share == 1 && out.error.empty() ? &gains : nullptr);
    return counted(key, *log_.find(key));
  }

  const LoggedEvaluation& counted(const EvaluationKey& key, const LoggedEvaluation& known) {
    if (known.configuration != trial(key.trial).configuration) {
      throw Error(ErrorCode::invalid_data, "'", options_.out.string(), "' has a trial ", key.trial,
                  " of another configuration: remove its files with --fresh");
    }
    progress_.end_trial();
    return known;
  }

  // Of the selection data. Evaluates each share once.
  double score(int64_t number, double share) {
    for (const TrialEvaluation& known : trial(number).evaluations)
      if (known.share == share) return known.score;
    const LoggedEvaluation& e = evaluation({number, TuningSide::selection, share});
    TrialEvaluation out{share,
                        e.error,
                        e.quality,
                        kNever,
                        e.queries,
                        e.clusters,
                        e.megabytes,
                        e.timing.milliseconds,
                        e.timing.seconds,
                        e.timing.training_seconds};
    out.score = score_of(plan_.objective, out);
    if (e.error.empty()) progress_.offer(out.quality);
    trial(number).evaluations.push_back(out);
    if (share == 1) discard_loser(number, out.score);
    return out.score;
  }

  // Keeps the files of the best trial so far; of equal ones the first, as choose() does. Those of
  // the default are always kept.
  void discard_loser(int64_t number, double score) {
    if (number == 0) {
      best_ = {score, 0};
      return;
    }
    const std::pair<double, int64_t> own = {score, -number};
    const int64_t loser = own > best_ ? -best_.second : number;
    best_ = std::max(best_, own);
    if (loser > 0) runner_.discard(request_of(loser, TuningSide::selection, 1));
  }

  void search() {
    int64_t next = 1;
    for (size_t b = 0; b < brackets_.size(); ++b) {
      std::vector<int64_t> trials;
      for (int64_t i = 0; i < brackets_[b].front().trials; ++i) {
        trial(next).bracket = static_cast<int>(b);
        trials.push_back(next++);
      }
      if (!run_bracket(brackets_[b], trials)) {
        result_.out_of_time = true;
        continue_best();
        return;
      }
    }
  }

  // Returns false when the time is over.
  bool run_bracket(const Bracket& bracket, std::vector<int64_t> trials) {
    for (size_t r = 0; r < bracket.size(); ++r) {
      std::vector<int64_t> order = trials;
      std::ranges::stable_sort(
          order, {}, [&](int64_t number) { return runner_.work_key(trial(number).configuration); });
      progress_.begin_rung(static_cast<int64_t>(r) + 1, std::ssize(bracket), std::ssize(order),
                           bracket[r].share);
      for (const int64_t number : order) {
        const bool known = log_.find({number, TuningSide::selection, bracket[r].share}) != nullptr;
        if (!known && out_of_time()) return false;
        score(number, bracket[r].share);
      }
      if (r + 1 < bracket.size()) trials = best_of(trials, bracket[r].share, bracket[r + 1].trials);
    }
    return true;
  }

  // The best trials, in ascending order; of equal ones the earlier.
  std::vector<int64_t> best_of(std::vector<int64_t> trials, double share, int64_t count) {
    std::ranges::stable_sort(trials, std::greater<>(),
                             [&](int64_t number) { return score(number, share); });
    trials.resize(static_cast<size_t>(std::min<int64_t>(count, std::ssize(trials))));
    std::ranges::sort(trials);
    return trials;
  }

  // After the time is over: evaluates the best trial of the largest share on all data, so that the
  // work so far counts.
  void continue_best() {
    int64_t best = 0;
    std::pair<double, double> largest = {0, kNever};  // share, score
    for (const Trial& t : result_.trials) {
      if (t.number == 0 || t.evaluations.empty()) continue;
      const TrialEvaluation& last = t.evaluations.back();
      if (last.score == kNever || std::pair(last.share, last.score) <= largest) continue;
      largest = {last.share, last.score};
      best = t.number;
    }
    if (best > 0) score(best, 1);
    result_.warnings.push_back(message("the limit of ", shown(plan_.minutes),
                                       " minutes ended the search before all trials"));
  }

  std::vector<const Trial*> finalists() const {
    std::vector<const Trial*> out;
    for (const Trial& t : result_.trials)
      if (!t.evaluations.empty() && t.evaluations.back().share == 1 &&
          t.evaluations.back().score > kNever)
        out.push_back(&t);
    return out;
  }

  void choose() {
    for (const Trial* t : finalists()) {
      if (t->evaluations.back().score > trial(result_.winner).evaluations.back().score)
        result_.winner = t->number;
    }
    result_.selection_default = trial(0).evaluations.back().quality;
    result_.selection_winner = trial(result_.winner).evaluations.back().quality;
    std::vector<ClusterGains> gains;
    std::vector<double> penalties;
    for (const Trial* t : finalists()) {
      gains.push_back(log_.gains({t->number, TuningSide::selection, 1}));
      penalties.push_back(penalty_of(plan_.objective, t->evaluations.back()));
    }
    result_.selection_corrected =
        corrected_for_choice(gains, penalties, kChoiceResamples, plan_.seed);
    find_pareto();
  }

  void find_pareto() {
    const std::vector<const Trial*> all = finalists();
    for (const Trial* t : all) {
      const TrialEvaluation& a = t->evaluations.back();
      const bool beaten = std::ranges::any_of(all, [&](const Trial* other) {
        const TrialEvaluation& b = other->evaluations.back();
        return b.quality >= a.quality && b.megabytes <= a.megabytes &&
               (b.quality > a.quality || b.megabytes < a.megabytes);
      });
      if (!beaten) result_.pareto.push_back(t->number);
    }
  }

  ClusterGains report_gains(int64_t number) {
    const EvaluationKey key{number, TuningSide::report, 1};
    const LoggedEvaluation& e = evaluation(key);
    if (!e.error.empty())
      throw Error(ErrorCode::invalid_data, "trial ", number,
                  " failed on the report data: ", e.error);
    return log_.gains(key);
  }

  void report() {
    progress_.begin_report();
    const ClusterGains defaults = report_gains(0);
    const ClusterGains winner = report_gains(result_.winner);
    compare_on_report(defaults, winner, result_.winner == 0, plan_.statistics, result_);
    TrialRequest best = request_of(result_.winner, TuningSide::selection, 1);
    best.progress = [this](const ProgressUpdate& update) { progress_.update(update); };
    result_.best = runner_.usable_configuration(best);
  }

  void count_failures() {
    int64_t failed = 0;
    std::string first;
    for (const Trial& t : result_.trials) {
      if (t.evaluations.empty() || t.evaluations.back().error.empty()) continue;
      if (++failed == 1) first = message("trial ", t.number, ": ", t.evaluations.back().error);
    }
    if (failed > 0)
      result_.warnings.push_back(message(sightline::counted(failed, "trial"), " failed; ", first));
  }

  // Importance from the share on which most trials were evaluated.
  void explain() {
    constexpr size_t kLeastTrials = 8;
    std::map<double, size_t> counts;
    for (const Trial& t : result_.trials)
      for (const TrialEvaluation& e : t.evaluations)
        if (e.error.empty()) ++counts[e.share];
    double share = 1;
    for (const auto& [at, count] : counts)
      if (count > counts[share]) share = at;
    result_.importance_share = share;
    Observations data;
    for (const TuningParameter& p : plan_.parameters)
      data.categories.push_back(static_cast<int>(p.choices.size()));
    for (const Trial& t : result_.trials) {
      for (const TrialEvaluation& e : t.evaluations) {
        if (e.share != share || !e.error.empty()) continue;
        data.points.push_back(t.coordinates);
        data.values.push_back(e.quality);
      }
    }
    if (data.values.size() < kLeastTrials) return;
    const std::vector<VarianceShare> shares = variance_shares(data, plan_.seed);
    for (size_t i = 0; i < shares.size(); ++i)
      result_.importance.push_back({plan_.parameters[i].name, shares[i].mean, shares[i].deviation});
    std::ranges::stable_sort(result_.importance, std::greater<>(), &ParameterImportance::share);
  }

  const TuningPlan& plan_;
  TrialRunner& runner_;
  const TuneOptions& options_;
  TrialLog log_;
  TuningResult result_;
  std::vector<Bracket> brackets_;
  TuningProgress progress_;
  std::pair<double, int64_t> best_ = {kNever, 0};  // of share 1: score, -number
};

}  // namespace

std::string TuningResult::verdict() const {
  if (winner == 0) return "default";
  if (report_gain.interval && report_gain.interval->low > 0) return "better";
  if (report_gain.interval && report_gain.interval->high < 0) return "worse";
  return "no difference shown";
}

RepeatedTrial repeat_last_evaluation(const TuningPlan& plan, TrialRunner& runner,
                                     const std::filesystem::path& out, int64_t trial) {
  const TrialLog log(plan, runner.fingerprint(), {.out = out});
  const auto last = log.last_of(trial);
  if (!last) {
    throw Error(ErrorCode::not_found, "'", out.string(), "' has no evaluation of trial ", trial);
  }
  const auto& [share, logged] = *last;
  if (!logged->error.empty())
    throw Error(ErrorCode::invalid_data, "trial ", trial, " failed: ", logged->error);
  const TrialRequest request = {
      logged->configuration, trial, TuningSide::selection, share, out, {}};
  const TrialScores scores = runner.run(request);
  runner.discard(request);
  return {share, logged->quality, mean_gain({scores.gains, scores.queries})};
}

TuningResult tune(const TuningPlan& plan, TrialRunner& runner, const TuneOptions& options) {
  if (options.out.empty())
    throw Error(ErrorCode::invalid_argument, "the folder of a tuning run is empty");
  TuningResult result = Tuning(plan, runner, options).run();
  write_file_atomic(options.out / "results.json", tuning_json(result) + "\n");
  write_file_atomic(options.out / "best.json", json_text(json::parse(result.best), 2) + "\n");
  return result;
}

}  // namespace sightline

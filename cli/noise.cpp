#include "noise.h"

#include "console.h"
#include "eval/robustness.h"
#include "report/noise_groups.h"

namespace sightline::cli {
namespace {

// Names the kinds for completion; parse_noise_kind() reports an unknown one.
CLI::Validator noise_kinds() {
  std::string names;
  for (const NoiseKind kind : all_noise_kinds())
    names += (names.empty() ? "" : ",") + std::string(noise_name(kind));
  return {[](std::string&) { return std::string(); }, "{" + names + "}"};
}

}  // namespace

void add_noise_options(CLI::App& command, NoiseFlags& flags, NoiseOptions& noise) {
  auto* all = command.add_flag("--robustness", flags.all,
                               "Repeat the experiment with every kind of noise on the captions");
  std::string names;
  for (const NoiseKind kind : all_noise_kinds()) {
    names += (names.empty() ? "" : ", ") + std::string(noise_name(kind));
  }
  command
      .add_option("--noise", flags.kinds, "Only these kinds of noise, comma-separated: " + names)
      ->type_name("NAME")
      ->delimiter(',')
      ->check(noise_kinds())
      ->excludes(all);
  command
      .add_option("--noise-strengths", flags.percents,
                  "Percentages of changed words, comma-separated")
      ->delimiter(',')
      ->check(CLI::Range(0.1, 100.0))
      ->capture_default_str();
  command
      .add_option("--noise-captions", noise.max_captions,
                  "Use a random sample of at most this many distinct captions")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000'000}))
      ->capture_default_str();
  command.add_option("--noise-seed", noise.seed, "Seed of the noise")->capture_default_str();
}

void complete_noise(NoiseOptions& noise, const NoiseFlags& flags) {
  const auto all = all_noise_kinds();
  if (flags.all) noise.kinds.assign(all.begin(), all.end());
  for (const std::string& name : flags.kinds) noise.kinds.push_back(parse_noise_kind(name));
  noise.strengths.clear();
  for (const double percent : flags.percents) noise.strengths.push_back(percent / 100);
}

std::string noise_table(const ExperimentResult& result) {
  if (result.noise.kinds.empty() || !result.models[0].robustness) return "";
  std::vector<std::string> head = {"noise", "~model", ">clean"};
  for (const double strength : result.noise.strengths)
    head.push_back(">" + fixed(100 * strength, 0) + " %");
  head.push_back(">lost at " + fixed(100 * result.noise.strengths.back(), 0) + " %");
  std::vector<std::vector<std::string>> rows;
  for (const NoiseGroup& group : shown_noise_groups(result)) {
    const NoiseKind kind = group.kinds[0];  // the others have the same figures
    for (const ModelResult& model : result.models) {
      const Robustness& r = *model.robustness;
      std::vector<std::string> row = {std::string(noise_name(kind)), model.label,
                                      fixed(100 * r.clean.accuracy.value, 2)};
      double lost = 0;
      for (const NoisePoint& p : r.points) {
        if (p.kind != kind) continue;
        row.push_back(fixed(100 * p.accuracy.value, 2));
        lost = p.accuracy.lost;
      }
      row.push_back(beats_chance(r, result.top_k) ? fixed(100 * lost, 1) + " %" : "-");
      rows.push_back(std::move(row));
    }
  }
  const std::string same = noise_groups_text(result);
  const Robustness& first = *result.models[0].robustness;
  return "accuracy % (top-" + std::to_string(result.top_k) +
         ", text → image) by percentage of words with noise: " + std::to_string(first.queries) +
         " captions\n" + format_table(head, rows) + (same.empty() ? "" : same + "\n") + "\n";
}

}  // namespace sightline::cli

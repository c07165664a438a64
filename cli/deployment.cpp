#include "deployment.h"

#include "base/text.h"
#include "console.h"
#include "eval/experiment.h"

namespace sightline::cli {
namespace {

// Three significant digits of small values.
std::string rounded(double value) {
  return fixed(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : value >= 0.1 ? 3 : 4);
}

}  // namespace

void add_deployment_options(CLI::App& command, DeploymentFlags& flags) {
  auto* wanted = command.add_flag(
      "--deployment", flags.wanted,
      "Also measure how fast, large and costly each model is on this machine, which should be "
      "otherwise idle");
  command
      .add_option("--price", flags.price,
                  "Price of this machine per hour, for the cost of a million images")
      ->type_name("PER_HOUR")
      ->needs(wanted)
      ->check(CLI::Range(0.0, 1e9));
  command.add_option("--currency", flags.currency, "Currency of --price, a label")
      ->needs(wanted)
      ->capture_default_str();
  command
      .add_option("--deployment-rounds", flags.rounds,
                  "Rounds of --deployment; rates are medians over them")
      ->needs(wanted)
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

std::optional<Deployment> measure_if_wanted(const DeploymentFlags& flags,
                                            const ExperimentOptions& experiment,
                                            const std::vector<std::string>& labels,
                                            const std::vector<Precision>& precisions) {
  if (!flags.wanted) return std::nullopt;
  std::vector<DeployedModel> models;
  const auto runs = model_runs(experiment);
  for (size_t m = 0; m < runs.size(); ++m)
    models.push_back({runs[m].first, labels.at(m), precisions.at(m)});
  DeploymentOptions options;
  options.model = experiment.input.model;
  options.batch_size = experiment.input.encode.batch_size;
  options.rounds = flags.rounds;
  options.price_per_hour = flags.price;
  options.currency = flags.currency;
  return measure_deployment(models, options, experiment.input.encode.progress);
}

std::string deployment_table(const std::optional<Deployment>& deployment) {
  if (!deployment) return "";
  const Deployment& d = *deployment;
  std::vector<std::string> header = {"~model", "precision",    ">images/s",         ">ms/query",
                                     ">MiB",   ">bytes/image", ">hours/10^6 images"};
  if (d.price_per_hour) header.push_back(">" + one_line(d.currency) + "/10^6 images");
  std::vector<std::vector<std::string>> rows;
  for (const DeploymentRow& row : d.rows) {
    rows.push_back({row.label, std::string(precision_name(row.computation.precision)),
                    rounded(row.images_per_second), rounded(query_ms(row)),
                    fixed(static_cast<double>(row.peak_memory_bytes) / (1 << 20), 0),
                    std::to_string(row.bytes_per_image), rounded(hours_per_million(row))});
    if (const auto cost = cost_per_million(d, row)) rows.back().push_back(rounded(*cost));
  }
  return "\ndeployment on " + d.processor + ", " + counted(d.threads, "thread") +
         "; query: a text, among " + std::to_string(d.search_rows) + " images\n" +
         format_table(header, rows) + "\n";
}

}  // namespace sightline::cli

// sightline pull: downloads models and data sets from the Hugging Face Hub into its cache.
#include <sightline/error.h>
#include <sightline/hub.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/stage.h"
#include "command.h"
#include "console.h"
#include "hub/text.h"
#include "interruption.h"
#include "locate.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

struct Options {
  std::vector<std::string> names;
  std::string revision, to;
  bool dataset = false, dry_run = false, as_json = false;
};

std::vector<RepoName> repos_of(const std::string& name, const Options& options) {
  constexpr std::string_view kPrefix = "datasets/";  // as in URLs of the Hub
  const bool prefixed = name.starts_with(kPrefix);
  auto repos = named_repos(prefixed ? name.substr(kPrefix.size()) : name,
                           options.dataset || prefixed ? RepoKind::dataset : RepoKind::model);
  for (RepoName& repo : repos) {
    if (!options.revision.empty()) repo.revision = options.revision;
  }
  return repos;
}

std::string state_of(const PullFile& file) {
  if (file.cached) return "in the cache";
  if (file.partial_bytes > 0) return hub::bytes_text(file.partial_bytes) + " downloaded";
  return "to download";
}

void print_plan(const PullPlan& plan) {
  constexpr size_t kMaxRows = 20;
  std::printf("%s, %s at commit %.12s\n", plan.repo.id.c_str(),
              one_line(plan.repo.revision).c_str(), plan.commit.c_str());
  std::vector<std::vector<std::string>> rows;
  for (const PullFile& file : plan.files) {
    if (rows.size() == kMaxRows) break;
    rows.push_back({file.path, hub::bytes_text(file.size_bytes), state_of(file)});
  }
  std::fputs(format_table({"~file", ">size", "state"}, rows).c_str(), stdout);
  if (plan.files.size() > kMaxRows)
    std::printf("... and %zu more (--json lists all)\n", plan.files.size() - kMaxRows);
  std::printf("%s; %lld other files of the repository are not downloaded\n",
              plan_text(plan).c_str(), static_cast<long long>(plan.files_left_out));
  std::fflush(stdout);
}

Json plan_json(const PullPlan& plan) {
  Json files = Json::array();
  for (const PullFile& file : plan.files) {
    files.push_back({{"path", file.path},
                     {"size_bytes", file.size_bytes},
                     {"etag", file.etag},
                     {"cached", file.cached},
                     {"partial_bytes", file.partial_bytes}});
  }
  return {{"repo", plan.repo.id},
          {"kind", plan.repo.kind == RepoKind::model ? "model" : "dataset"},
          {"revision", plan.repo.revision},
          {"commit", plan.commit},
          {"snapshot", plan.snapshot.string()},
          {"size_bytes", plan.size_bytes()},
          {"missing_bytes", plan.missing_bytes()},
          {"files_left_out", plan.files_left_out},
          {"files", files}};
}

Json pull_one(const RepoName& repo, const Options& options, const HubSettings& settings) {
  const ProgressFn progress = console_progress(options.as_json, ProgressUnit::bytes);
  const PullPlan plan = [&] {
    const Stage stage(progress, "listing the files of " + repo.id);
    return plan_pull(repo, settings);
  }();
  Json result = plan_json(plan);
  if (!options.as_json) print_plan(plan);
  result["pulled"] = !options.dry_run;
  result["copy"] = nullptr;
  if (options.dry_run) return result;
  std::filesystem::path place = plan.snapshot;
  if (!options.to.empty()) copy_target(plan, options.to);  // reports errors before the download
  pull(plan, settings, progress);
  if (!options.to.empty()) {
    place = copy_pulled(plan, options.to, progress);
    result["copy"] = place.string();
  }
  if (!options.as_json) std::printf("%s\n", place.c_str());
  return result;
}

int run(const Options& options) {
  const HubSettings settings = hub_settings();
  set_kept_when_interrupted(kept_downloads());
  if (!options.to.empty()) check_output_folder(options.to);
  // Report invalid names before anything is downloaded.
  std::vector<RepoName> repos;
  for (const auto& name : options.names) {
    for (auto& repo : repos_of(name, options)) repos.push_back(std::move(repo));
  }
  Json pulls = Json::array(), failed = Json::array();
  for (const RepoName& repo : repos) {
    try {
      pulls.push_back(pull_one(repo, options, settings));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      std::fprintf(stderr, "sightline: %s\n", one_line(error.what()).c_str());
      failed.push_back(
          {{"repo", repo.id}, {"code", error_code_name(error.code())}, {"reason", error.what()}});
    }
  }
  if (options.as_json) {
    print_json({{"pulls", pulls}, {"failed", failed}});
  }
  return failed.empty() ? kDone : kFailed;
}

}  // namespace

void add_pull(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("pull", "Download models and data sets from the Hugging Face Hub");
  command
      ->add_option("NAME", options->names,
                   "org/name[@revision], an OpenAI model name (RN50, RN101, RN50x4, RN50x16, "
                   "RN50x64, ViT-B/32, ViT-B/16, "
                   "ViT-L/14, ViT-L/14@336px), or baseline (BERT and ResNet-50)")
      ->required();
  command->add_flag("--dataset", options->dataset,
                    "NAME is a data set (same as datasets/org/name)");
  command
      ->add_option("--revision", options->revision,
                   "Branch, tag or commit of all NAMEs (default: main)")
      ->type_name("NAME");
  command
      ->add_option("--to", options->to,
                   "Also copy the files to DIR/NAME, a plain folder that --model accepts, for "
                   "machines without a network")
      ->type_name("DIR");
  command->add_flag("--dry-run", options->dry_run,
                    "Print the files and their sizes without downloading");
  command->add_flag("--json", options->as_json, "Print the result as JSON");
  command->group("Models and data");
  command->footer(
      "Downloads the files that Sightline supports into the cache of Python's huggingface_hub and\n"
      "reads HF_HUB_CACHE, HF_HOME, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE. Run the same "
      "command\n"
      "again to resume an interrupted pull.\n"
      "Example:\n  sightline pull baseline RN50 ViT-B/32 ViT-B/16");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

#include "locate.h"

#include <sightline/error.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/adapter_spec.h"
#include "base/stage.h"
#include "base/text.h"
#include "console.h"
#include "hub/text.h"
#include "interruption.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

// Asks on stderr and reads one line from stdin. End of input means no.
bool ask(const std::string& question) {
  std::fprintf(stderr, "sightline: %s [y/N] ", one_line(question).c_str());
  std::fflush(stderr);
  std::string answer;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar())
    answer += static_cast<char>(c);
  return answer == "y" || answer == "Y" || answer == "yes";
}

void pull_repo(const RepoName& repo, const HubSettings& settings) {
  const ProgressFn progress = console_progress(false, ProgressUnit::bytes);
  const PullPlan plan = [&] {
    const Stage stage(progress, "listing the files of " + repo.id);
    return plan_pull(repo, settings);
  }();
  set_kept_when_interrupted(kept_downloads());
  progress_note("pulling " + repo_text(plan.repo) + ": " + plan_text(plan));
  pull(plan, settings, progress);
}

void pull_missing(const std::string& text, RepoKind kind, bool pull, const HubSettings& settings) {
  if (settings.offline) return;  // resolving reports what is missing
  const auto missing = missing_repos(text, kind, settings);
  const bool terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0;
  for (const RepoName& repo : missing) {
    if (pull || (terminal && ask(repo_text(repo) + " is not in the cache; pull it from " +
                                 settings.endpoint + "?"))) {
      pull_repo(repo, settings);
    }
  }
}

bool exists(const std::string& text) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(text, error));
}

}  // namespace

void add_pull_flag(CLI::App& command, bool& pull) {
  command.add_flag("--pull", pull,
                   "Download models and data sets that are not in the cache, without asking");
}

std::string locate_model(const std::string& text, bool pull) {
  if (exists(text)) return text;
  const HubSettings settings = hub_settings();
  pull_missing(text, RepoKind::model, pull, settings);
  return resolve_model(text, settings);
}

std::filesystem::path locate_dataset(const std::string& text, bool pull) {
  if (exists(text)) return text;
  const HubSettings settings = hub_settings();
  pull_missing(text, RepoKind::dataset, pull, settings);
  return resolve_dataset(text, settings);
}

std::string lasting_model_spec(const std::string& text) {
  const auto lasting = [](const std::string& path) {
    return exists(path) ? std::filesystem::absolute(path).lexically_normal().string() : path;
  };
  std::string out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find_first_of(",=", at), text.size());
    const std::string part = text.substr(at, end - at);
    // The word before '=' is a label or a key.
    const bool value = end == text.size() || text[end] == ',';
    if (!value || part.empty()) {
      out += part;
    } else {
      std::string adapters;
      std::string model = part;
      while (const auto adapted = split_adapter(model)) {
        adapters = "+" + lasting(adapted->adapter) + adapters;
        model = adapted->model;
      }
      out += lasting(model) + adapters;
    }
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return out;
}

std::string kept_downloads() {
  return "finished and partial downloads are kept in the cache; run the same command again to "
         "continue";
}

std::string plan_text(const PullPlan& plan) {
  const int64_t missing = plan.missing_bytes();
  return counted(static_cast<int64_t>(plan.files.size()), "file") + ", " +
         hub::bytes_text(plan.size_bytes()) +
         (missing == 0 ? ", all in the cache" : ", " + hub::bytes_text(missing) + " to download");
}

}  // namespace sightline::cli

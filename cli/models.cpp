// sightline models: checks and describes models.
#include <sightline/error.h>
#include <sightline/hub.h>
#include <sightline/model.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/adapter_spec.h"
#include "base/file.h"
#include "base/json.h"
#include "base/spec_label.h"
#include "base/stage.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "locate.h"
#include "models/model_source.h"
#include "models/pair_spec.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Options {
  std::vector<std::string> paths;
  bool json = false, pull = false, known = false;
};

// Returns the paths of the models to describe. An argument is a model (path, name or pair) or a
// folder; of a folder, the models directly in it are returned. Subfolders that cannot be read are
// added to `skipped`.
std::vector<fs::path> find_models(const Options& options, std::vector<SkippedRow>& skipped) {
  std::vector<fs::path> found;
  for (const auto& name : options.paths) {
    const fs::path path = locate_model(name, options.pull);
    const bool labeled = !split_label(name).label.empty();
    if (labeled || path != fs::path(name) || parse_pair_spec(path.string()) ||
        split_adapter(path.string())) {
      found.push_back(path);
      continue;
    }
    const fs::file_status status = file_status(path);
    if (!fs::exists(status))
      throw Error(ErrorCode::not_found, "there is no model '", path.string(), "'");
    if (!fs::is_directory(status) || looks_like_model(path)) {
      found.push_back(path);
      continue;
    }
    const size_t before = found.size() + skipped.size();
    for (const fs::path& entry : folder_entries(path)) {
      std::error_code error;
      if (looks_like_model(entry)) {
        found.push_back(entry);
      } else if (fs::is_directory(entry, error) && ::access(entry.c_str(), R_OK | X_OK) != 0) {
        skipped.push_back({entry.string(), message("cannot read the folder ", quoted(entry), ": ",
                                                   std::strerror(errno))});
      }
    }
    if (found.size() + skipped.size() == before) {
      throw Error(ErrorCode::not_found, "there is no model in '", path.string(),
                  "': neither the folder nor its subfolders have a config or weights");
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Returns "-" for 0, which means that the model lacks the property.
std::string number_or_dash(const json& value) {
  return value.get<int>() == 0 ? "-" : std::to_string(value.get<int>());
}

nlohmann::json describe(const fs::path& path) {
  // Checks both towers without loading them.
  const Model model = Model::load(path, {.load_image_tower = false, .load_text_tower = false});
  const ModelInfo& info = model.info();
  return {{"path", split_label(path.string()).spec},
          {"name", info.name},
          {"family", info.family},
          {"parameters", info.parameters},
          {"embedding_dim", info.embedding_dim},
          {"image_size", info.image_size},
          {"patch_size", info.patch_size},
          {"context_length", info.context_length},
          {"has_image", info.has_image},
          {"has_text", info.has_text},
          {"vocab_size", info.has_text ? json(model.tokenizer().vocab_size()) : json(nullptr)},
          {"activation", info.activation},
          {"logit_scale", info.logit_scale},
          {"logit_bias", info.logit_bias ? json(*info.logit_bias) : json(nullptr)},
          {"projection", text_or_null(info.projection)},
          {"seed", info.seed ? json(*info.seed) : json(nullptr)},
          {"preprocessing", info.has_image ? json(model.preprocess().describe()) : json(nullptr)},
          {"layout", info.layout},
          {"warnings", info.warnings},
          {"fingerprint", info.fingerprint}};
}

std::string percent_or_dash(const std::optional<std::array<double, 3>>& recall, size_t at) {
  return recall ? fixed((*recall)[at] * 100, 1) : "-";
}

int list_known(bool as_json) {
  json list = json::array();
  std::vector<std::vector<std::string>> rows;
  for (const KnownModel& m : known_models()) {
    list.push_back({{"repository", m.repository},
                    {"architecture", m.architecture},
                    {"weights", m.tag},
                    {"parameters", m.parameters},
                    {"image_size", m.image_size},
                    {"multilingual", m.multilingual},
                    {"coco_recall", m.recall ? json(*m.recall) : json(nullptr)},
                    {"images_per_second",
                     m.images_per_second > 0 ? json(m.images_per_second) : json(nullptr)}});
    rows.push_back({m.repository, fixed(static_cast<double>(m.parameters) / 1e6, 0) + " M",
                    std::to_string(m.image_size), m.multilingual ? "many" : "English",
                    percent_or_dash(m.recall, 0), percent_or_dash(m.recall, 1),
                    percent_or_dash(m.recall, 2),
                    m.images_per_second > 0 ? fixed(m.images_per_second, 1) : "-"});
  }
  if (as_json) {
    print_json(json{{"known", list}});
    return kDone;
  }
  std::fputs(format_table({"repository", ">parameters", ">image", "languages", ">R@1", ">R@5",
                           ">R@10", ">images/s"},
                          rows)
                 .c_str(),
             stdout);
  std::fputs(
      "R@K: percent of COCO's captions that find their image in the top K, published by OpenCLIP.\n"
      "images/s: measured with random weights of that size, fp32, on two cores.\n"
      "'sightline pull REPOSITORY' fetches one.\n",
      stdout);
  return kDone;
}

int run(const Options& options) {
  if (options.known) return list_known(options.json);
  nlohmann::json models = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  std::vector<SkippedRow> broken;
  const auto paths = find_models(options, broken);
  std::vector<std::string> notes;
  const ProgressFn progress = console_progress(options.json);
  for (const auto& path : paths) {
    try {
      const Stage stage(progress, "checking " + path.string());
      const auto m = describe(path);
      rows.push_back({m["name"], m["family"], fixed(m["parameters"].get<double>() / 1e6, 1) + " M",
                      number_or_dash(m["image_size"]), number_or_dash(m["patch_size"]),
                      std::to_string(m["embedding_dim"].get<int>()),
                      number_or_dash(m["context_length"]), m["path"]});
      if (!m["projection"].is_null())
        notes.push_back(m["name"].get<std::string>() + ": " + m["projection"].get<std::string>());
      models.push_back(m);
      for (const auto& warning : m["warnings"]) warn(warning.get<std::string>());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::cancelled) throw;
      if (paths.size() == 1 && fs::is_regular_file(file_status(path)))
        throw;  // a single file is not reported as skipped
      broken.push_back({path.string(), error.what()});
    }
  }
  if (options.json) {
    nlohmann::json skipped = nlohmann::json::array();
    for (const auto& item : broken) skipped.push_back({{"path", item.id}, {"reason", item.reason}});
    print_json(nlohmann::json{{"models", models}, {"skipped", skipped}});
  } else if (!rows.empty()) {
    std::fputs(
        format_table(
            {"~name", "family", ">parameters", ">image", ">patch", ">D", ">context", "~path"}, rows)
            .c_str(),
        stdout);
    for (const std::string& note : notes) std::printf("%s\n", note.c_str());
  }
  report_skipped(broken);
  return broken.empty() ? kDone : kSkipped;
}

}  // namespace

void add_models(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("models", "Check and describe models");
  auto* const paths =
      command
          ->add_option(
              "PATH", options->paths,
              "Models (directory, file, name, or pair text=MODEL,image=MODEL[,seed=N]), or "
              "folders of models")
          ->default_val(std::vector<std::string>{"models"});
  add_pull_flag(*command, options->pull);
  command
      ->add_flag("--known", options->known,
                 "List published models that can be pulled, with size, languages, published "
                 "recall and speed")
      ->excludes(paths)
      ->excludes(command->get_option("--pull"));
  command->add_flag("--json", options->json, "Print the result as JSON");
  command->group("Models and data");
  command->footer("Example: sightline models models/\nExample: sightline models --known");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

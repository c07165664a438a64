#include "train/fine_tune/earlier_run.h"

#include <sightline/error.h>

#include <optional>
#include <system_error>

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/json.h"
#include "base/text.h"
#include "models/pair_spec.h"
#include "train/fine_tune/adapter_files.h"
#include "train/fine_tune/layout_writer.h"
#include "train/fine_tune/out_folder.h"
#include "train/fine_tune/report_files.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxBytes = int64_t{4} << 30;

bool is_there(const fs::path& path) {
  return fs::exists(file_status(path));
}

std::string text_of(const fs::path& file) {
  return is_there(file) ? read_text_file(file, kMaxBytes) : std::string();
}

// The first value that differs: "optimizer.learning_rate is 0.1 there and 0.2 here".
std::optional<std::string> difference(const nlohmann::json& there, const nlohmann::json& here) {
  const nlohmann::json before = there.flatten(), now = here.flatten();
  const auto text = [](const nlohmann::json& all, const std::string& key) {
    return all.contains(key) ? shown(all.at(key)) : std::string("missing");
  };
  for (const auto* keys : {&now, &before}) {
    for (const auto& [key, value] : keys->items()) {
      if (before.contains(key) && now.contains(key) && before.at(key) == now.at(key)) continue;
      std::string name = key.substr(key.empty() ? 0 : 1);
      for (char& c : name) c = c == '/' ? '.' : c;
      return message("'", printable(name, 80), "' is ", text(before, key), " there and ",
                     text(now, key), " here");
    }
  }
  return std::nullopt;
}

// The method of the run in `out`; empty if its files do not say it.
std::string method_of(const fs::path& out) {
  const std::pair<const char*, const char*> places[] = {{kRecipeFile, "/model/method"},
                                                        {kResultFile, "/settings/method"}};
  for (const auto& [file, key] : places) {
    const JsonParse parsed = try_parse_json(text_of(out / file));
    const nlohmann::json::json_pointer pointer(key);
    if (parsed.problem.empty() && parsed.value.contains(pointer) &&
        parsed.value.at(pointer).is_string())
      return parsed.value.at(pointer).get<std::string>();
  }
  return "";
}

// The settings of the adapter that a fine_tune.json describes, as adapter_run_settings() has them.
nlohmann::json settings_of_result(const fs::path& file) {
  const JsonParse parsed = try_parse_json(text_of(file));
  nlohmann::json result = nlohmann::json::object();
  if (!parsed.problem.empty() || !parsed.value.is_object()) return result;
  const nlohmann::json model = parsed.value.value("model", nlohmann::json());
  if (model.is_object() && model.contains("fingerprint")) result["model"] = model.at("fingerprint");
  result["settings"] = parsed.value.value("settings", nlohmann::json::object());
  if (result["settings"].is_object()) result["settings"].erase("interpolate");
  return result;
}

std::optional<std::string> different_input(const fs::path& out, const RunInputs& now) {
  const std::string method = method_of(out), own = fine_tune_method_name(now.method);
  if (!method.empty() && method != own)
    return message("the method is ", printable(method, 40), " there and ", own, " here");
  if (now.method == FineTuneMethod::adapter) {
    if (auto found =
            difference(settings_of_result(out / kResultFile), nlohmann::json::parse(now.settings)))
      return found;
  } else if (const std::string recipe = text_of(out / kRecipeFile); recipe != now.recipe) {
    const JsonParse parsed = try_parse_json(recipe);
    if (!parsed.problem.empty()) return std::string(kRecipeFile) + " is not readable there";
    if (auto found = difference(parsed.value, nlohmann::json::parse(now.recipe))) return found;
  }
  if (text_of(out / kSplitsFile) != now.splits)
    return std::string("the images of training, validation or test are others");
  return std::nullopt;
}

// Another start may have another layout, and a prompt leaves no model.
void remove_model(const fs::path& out) {
  std::error_code ignored;
  if (is_there(out / kPairFile)) {
    for (const char* tower : {"image", "text"}) fs::remove_all(out / tower, ignored);
    fs::remove(out / kPairFile, ignored);
  }
  for (const fs::path& file : folder_entries(out)) {
    if (is_model_file(file.filename().string())) fs::remove(file, ignored);
  }
}

}  // namespace

std::string adapter_run_settings(const FineTuneOptions& options, const std::string& fingerprint) {
  Json settings = settings_json(options.settings);
  settings.erase("interpolate");  // chooses between weights that are known
  return json_text(Json{{"model", fingerprint}, {"settings", settings}});
}

bool has_earlier_run(const fs::path& out) {
  return is_there(out / kResultFile) || is_there(out / kTrainingFolder / "checkpoint.safetensors");
}

void require_same_inputs(const fs::path& out, const RunInputs& now) {
  const auto different = different_input(out, now);
  if (!different) return;
  throw Error(ErrorCode::invalid_argument, quoted(out), " belongs to another run: ", *different,
              "; choose another folder, or start anew (--fresh), which replaces it");
}

void remove_earlier_run(const fs::path& out, FineTuneMethod method) {
  std::error_code ignored;
  remove_model(out);
  if (is_there(out / kResultFile)) fs::remove(out / "README.md", ignored);
  for (const char* chart : {"training", "interpolation"}) {
    for (const char* type : {".png", ".svg", ".gp"})
      fs::remove(out / (chart + std::string(type)), ignored);
  }
  for (const char* file : {kResultFile, kRecipeFile}) fs::remove(out / file, ignored);
  fs::remove_all(out / kAdapterFolder, ignored);
  if (method != FineTuneMethod::adapter || !is_there(out / kTrainingFolder)) return;
  const FolderLock lock(out / kTrainingFolder / "train.lock", "another training run");
  fs::remove_all(out / kTrainingFolder);
}

}  // namespace sightline

#include "train/tuning/trial_models.h"

#include <sightline/error.h>

#include <string_view>
#include <system_error>

#include "base/file.h"
#include "base/hash.h"
#include "base/json_section.h"
#include "base/text.h"
#include "train/fine_tune/fine_tune.h"
#include "train/fine_tune/out_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModel = "model";
constexpr const char* kMarker = "trial.json";  // of a folder whose training is complete
constexpr size_t kNameLength = 16;
constexpr std::string_view kPartial = "-part";  // ends the name of a folder of a share below 1

struct Marker {
  std::string training;
  double seconds = 0;
};

// Nothing if the training of the folder is not complete.
std::optional<Marker> read_marker(const fs::path& folder) {
  const fs::path file = folder / kMarker;
  if (!fs::exists(file_status(file))) return std::nullopt;
  const nlohmann::json value = parse_json(read_text_file(file, 1 << 20), file.string());
  JsonSection section(value, quoted(file));
  Marker marker;
  section.read("training", marker.training);
  section.read("training_seconds", marker.seconds, 0, 1e12);
  return marker;
}

std::string text_of(const TrialTraining& training) {
  return training.key + " " + shown(training.share);
}

// Whether the name is one of folder_of().
bool is_trial_folder(std::string name) {
  if (name.ends_with(kPartial)) name.resize(name.size() - kPartial.size());
  return name.size() == kNameLength &&
         name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

[[noreturn]] void refuse(const fs::path& path) {
  throw Error(ErrorCode::io, quoted(path),
              " was not written by a tuning run, which would remove it: choose another folder");
}

}  // namespace

TrialModels::TrialModels(fs::path out) : out_(std::move(out)), trials_(out_ / "trials") {
  const fs::path model = out_ / kModel;
  if (fs::exists(file_status(model)) && !read_marker(model)) refuse(model);
  if (!fs::exists(file_status(trials_))) return;
  for (const fs::path& entry : folder_entries(trials_))
    if (!is_trial_folder(entry.filename().string())) refuse(entry);
}

fs::path TrialModels::folder_of(const TrialTraining& training) const {
  const std::string name =
      to_hex(Sha256().update(text_of(training)).digest()).substr(0, kNameLength);
  return trials_ / (training.share < 1 ? name + std::string(kPartial) : name);
}

void TrialModels::remove_partial(const fs::path& kept) {
  for (const fs::path& folder : folder_entries(trials_))
    if (folder != kept && folder.string().ends_with(kPartial)) fs::remove_all(folder);
}

TrainedModel TrialModels::obtain(const TrialTraining& training, const Train& train) {
  const fs::path folder = folder_of(training);
  make_folder(trials_);
  remove_partial(folder);
  users_[folder].insert(training.trial);
  auto marker = read_marker(folder);
  if (!marker) {
    marker.emplace();
    marker->training = text_of(training);
    try {
      marker->seconds = train(folder);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::cancelled && error.code() != ErrorCode::io)
        fs::remove_all(folder);
      throw;
    }
    fs::remove_all(folder / kTrainingFolder);  // weights of share 1 and the optimizer's state
    const Json text = {{"training", marker->training}, {"training_seconds", marker->seconds}};
    write_file_atomic(folder / kMarker, json_text(text) + "\n");
  }
  return {tuned_model(folder, folder).string(), marker->seconds};
}

void TrialModels::discard(const TrialTraining& training) {
  const fs::path folder = folder_of(training);
  std::set<int64_t>& users = users_[folder];
  users.erase(training.trial);
  if (users.empty()) fs::remove_all(folder);
}

std::string TrialModels::publish(const std::optional<TrialTraining>& training, const Train& train) {
  const fs::path model = out_ / kModel;
  const auto published = read_marker(model);
  if (!training || !published || published->training != text_of(*training)) {
    if (training) obtain(*training, train);
    fs::remove_all(model);
    if (training) fs::rename(folder_of(*training), model);
  }
  fs::remove_all(trials_);
  users_.clear();
  if (!training) return "";
  const std::string name = std::string("./") + kModel;
  return tuned_model(model, name).string();
}

}  // namespace sightline

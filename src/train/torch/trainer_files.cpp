// The files of a run in addition to its data: checkpoints and the log.
#include <ATen/core/grad_mode.h>
#include <malloc.h>
#include <sightline/error.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/file.h"
#include "base/output_file.h"
#include "base/temporary_path.h"
#include "data/readers/folder.h"
#include "models/pair_spec.h"
#include "train/export_pair.h"
#include "train/torch/batches.h"
#include "train/torch/trainer.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr const char* kCheckpointFile = "checkpoint.safetensors";
constexpr const char* kLogFile = "train.jsonl";

// Whether a run writes a file of this name, of any kind of model, into its folder.
bool is_run_file(const std::string& name) {
  static const std::set<std::string> names = {kCheckpointFile,
                                              kLogFile,
                                              "recipe.json",
                                              "model.safetensors",
                                              "open_clip_model.safetensors",
                                              "config.json",
                                              "open_clip_config.json",
                                              "preprocessor_config.json",
                                              "tokenizer.json",
                                              "tokenizer_config.json",
                                              "special_tokens_map.json",
                                              "vocab.json",
                                              "merges.txt",
                                              "vocab.txt",
                                              "pair.json",
                                              kImageFile};
  return names.contains(name);
}

// Counters and the run's identity as one i32 tensor, so that a checkpoint is a single file that is
// replaced atomically.
constexpr size_t kCounterWords = 5;  // epoch, seconds, loss

Tensor counters(int64_t epoch, double seconds, double loss, const std::string& run_id) {
  std::vector<int32_t> words = {static_cast<int32_t>(epoch)};
  for (const double value : {seconds, loss}) {
    int32_t parts[2];
    std::memcpy(parts, &value, sizeof parts);
    words.insert(words.end(), parts, parts + 2);
  }
  for (const char c : run_id) words.push_back(c);
  Tensor result({static_cast<int64_t>(words.size())}, DType::i32);
  std::memcpy(result.data<int32_t>(), words.data(), result.bytes());
  return result;
}

SafetensorsFile open_checkpoint(const std::filesystem::path& path) {
  try {
    return SafetensorsFile(path);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) throw;
    throw Error(error.code(), error.what(),
                ": the checkpoint is damaged; start anew (--fresh), which replaces it");
  }
}

}  // namespace

std::filesystem::path Trainer::checkpoint_path() const {
  return options_.out / kCheckpointFile;
}

void Trainer::save_checkpoint() const {
  std::vector<NamedTensor> tensors = {{"counters", counters(epoch_, seconds_, loss_, run_id_)}};
  const auto state = optimizer_->state();
  // Frozen parameters have their initial values, which the task has too.
  for (size_t i = 0; i < trained_.size(); ++i) {
    tensors.push_back({"parameter." + trained_[i].name, host_copy(trained_[i].value)});
    tensors.push_back({"mean." + trained_[i].name, host_copy(state[2 * i])});
    tensors.push_back({"square." + trained_[i].name, host_copy(state[2 * i + 1])});
  }
  for (const TorchParameter& b : ops_->buffers())
    tensors.push_back({"buffer." + b.name, host_copy(b.value)});
  if (average_) {
    for (const TorchParameter& a : average_->averages())
      tensors.push_back({"average." + a.name, host_copy(a.value)});
  }
  if (best_) best_->save(tensors);
  write_safetensors(checkpoint_path(), tensors, FloatStorage::f32);
}

void Trainer::open_folder() {
  make_folder(options_.out);
  lock_ = std::make_unique<FolderLock>(options_.out / "train.lock", "another training run");
  remove_leftovers(options_.out, is_run_file);
  // The log marks the folder as a training run's (train.cpp), also if this run fails before the
  // first epoch.
  OutputFile(options_.out / kLogFile, OutputFile::Mode::append).close();
}

// The tokenizer is replaced when a run starts anew. Weights of an earlier run would not fit it.
void Trainer::remove_old_model() const {
  std::error_code ignored;
  for (const char* name : {kCheckpointFile, "model.safetensors", "open_clip_model.safetensors"})
    std::filesystem::remove(options_.out / name, ignored);
  if (std::holds_alternative<PairModel>(recipe_.model) ||
      std::filesystem::exists(options_.out / kPairFile, ignored))
    remove_exported_pair(options_.out);
}

void Trainer::check_checkpoint() const {
  const auto path = checkpoint_path();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return;
  const SafetensorsFile file = open_checkpoint(path);
  const auto found = file.entries().find("counters");
  const size_t words = kCounterWords + run_id_.size();
  bool same = found != file.entries().end() && found->second.dtype == "I32" &&
              found->second.shape == Shape{static_cast<int64_t>(words)};
  for (size_t i = 0; same && i < run_id_.size(); ++i) {
    int32_t word;
    std::memcpy(&word, found->second.bytes.data() + (kCounterWords + i) * sizeof word, sizeof word);
    same = word == run_id_[i];
  }
  if (!same) {
    throw Error(ErrorCode::invalid_data, "'", path.string(),
                "' belongs to another recipe, model or data set than '", options_.recipe.string(),
                "' with '", recipe_.datasets[0].path,
                "': choose another folder, or start anew (--fresh), which replaces it");
  }
}

bool Trainer::load_checkpoint() {
  const auto path = checkpoint_path();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return false;
  const SafetensorsFile file = open_checkpoint(path);
  const auto tensor = [&](const std::string& name, const Shape& shape, const char* dtype) {
    const auto found = file.entries().find(name);
    if (found == file.entries().end() || found->second.shape != shape ||
        found->second.dtype != dtype) {
      throw Error(ErrorCode::invalid_data, "'", path.string(), "' has no tensor '", name,
                  "' of shape ", shape_text(shape), ": the file is damaged; start anew (--fresh)");
    }
    return found->second.bytes.data();
  };
  const int64_t words = static_cast<int64_t>(kCounterWords + run_id_.size());
  const uint8_t* counter = tensor("counters", {words}, "I32");
  int32_t epoch;
  std::memcpy(&epoch, counter, sizeof epoch);
  std::memcpy(&seconds_, counter + 4, sizeof seconds_);
  std::memcpy(&loss_, counter + 12, sizeof loss_);
  if (epoch < 0 || epoch > recipe_.epochs) {
    throw Error(ErrorCode::invalid_data, "'", path.string(), "' says that ", epoch, " of ",
                recipe_.epochs, " epochs are done: the file is damaged; start anew (--fresh)");
  }
  epoch_ = epoch;
  const at::NoGradGuard no_grad;
  const auto array = [&](const std::string& name, const at::Tensor& like) {
    at::Tensor copy = at::empty(like.sizes(), at::kFloat);
    const Shape shape(like.sizes().begin(), like.sizes().end());
    std::memcpy(copy.data_ptr<float>(), tensor(name, shape, "F32"),
                static_cast<size_t>(copy.numel()) * 4);
    return copy;
  };
  std::vector<at::Tensor> state;
  for (TorchParameter& p : trained_) {
    p.value.copy_(array("parameter." + p.name, p.value));
    state.push_back(array("mean." + p.name, p.value));
    state.push_back(array("square." + p.name, p.value));
  }
  for (TorchParameter b : ops_->buffers()) b.value.copy_(array("buffer." + b.name, b.value));
  if (average_) {
    for (TorchParameter& a : average_->averages())
      a.value.copy_(array("average." + a.name, a.value));
  }
  if (best_) {
    best_->load_counters(tensor("best", {BestWeights::kCounterWords}, "I32"));
    for (TorchParameter& b : best_->copies()) b.value.copy_(array("best." + b.name, b.value));
  }
  optimizer_->restore(state, epoch_ * steps_per_epoch_);
  return true;
}

// Drops the lines of an epoch that was interrupted: a resumed run repeats it.
void Trainer::open_log() {
  const auto path = options_.out / kLogFile;
  std::string kept;
  std::ifstream old(path);
  for (std::string line; epoch_ > 0 && std::getline(old, line);) {
    const json entry = json::parse(line, nullptr, false);
    const bool counted =
        entry.is_object() && entry.contains("epoch") && entry["epoch"].is_number_integer();
    if (counted && entry["epoch"].get<int64_t>() <= epoch_) kept += line + "\n";
  }
  if (kept.empty() && !recipe_.exclude_subjects.empty()) {
    const json first = {
        {"step", 0}, {"epoch", 0}, {"rows", set_.rows.size()}, {"excluded_rows", excluded_}};
    kept = first.dump() + "\n";
  }
  write_file_atomic(path, kept);
}

void Trainer::log(const std::string& line) const {
  OutputFile file(options_.out / kLogFile, OutputFile::Mode::append);
  file.write(line + "\n");
  file.close();
}

}  // namespace sightline

// The plugin's entry (base/plugin.h); see train/train.cpp.
extern "C" void sightline_train(const sightline::TrainOptions* options,
                                const sightline::ProgressFn* progress,
                                sightline::TrainResult* result) {
  // Every step allocates the same large tensors. Without this each is mapped and unmapped again,
  // with a page fault for every 4 KiB.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  try {
    *result = sightline::Trainer(*options, *progress).run();
  } catch (const sightline::Error&) {
    throw;
  } catch (const c10::Error& error) {
    throw sightline::Error(sightline::ErrorCode::internal,
                           std::string("libtorch: ") + error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw;  // the caller reports it
  } catch (const std::exception& error) {
    throw sightline::Error(sightline::ErrorCode::internal,
                           std::string("training: ") + error.what());
  }
}

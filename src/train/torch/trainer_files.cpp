// What a run reads and writes beside its data: checkpoints, the log, the finished model; and the
// held-out recall that goes into the log.
#include <ATen/core/grad_mode.h>
#include <malloc.h>
#include <sightline/error.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "train/export.h"
#include "train/torch/trainer.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr int64_t kEvaluationBatch = 256;
constexpr const char* kCheckpointFile = "checkpoint.safetensors";
constexpr const char* kLogFile = "train.jsonl";

Tensor host_copy(const at::Tensor& array) {
  const at::Tensor cpu = array.detach().to(at::kCPU, at::kFloat).contiguous();
  Tensor result(Shape(cpu.sizes().begin(), cpu.sizes().end()), DType::f32);
  std::memcpy(result.data<float>(), cpu.data_ptr<float>(), result.bytes());
  return result;
}

// Counters and the recipe's hash as one tensor of whole numbers, so that a checkpoint is one file,
// replaced as one.
Tensor counters(int64_t epoch, double seconds, double loss, const std::string& fingerprint) {
  std::vector<int32_t> words = {static_cast<int32_t>(epoch)};
  for (const double value : {seconds, loss}) {
    int32_t parts[2];
    std::memcpy(parts, &value, sizeof parts);
    words.insert(words.end(), parts, parts + 2);
  }
  for (const char c : fingerprint) words.push_back(c);
  Tensor result({static_cast<int64_t>(words.size())}, DType::i32);
  std::memcpy(result.data<int32_t>(), words.data(), result.bytes());
  return result;
}

}  // namespace

void Trainer::save_checkpoint() const {
  std::vector<NamedTensor> tensors = {{"counters", counters(epoch_, seconds_, loss_, recipe_.fingerprint())}};
  const auto state = optimizer_->state();
  const auto& parameters = ops_->parameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    tensors.push_back({"parameter." + parameters[i].name, host_copy(parameters[i].value)});
    tensors.push_back({"mean." + parameters[i].name, host_copy(state[2 * i])});
    tensors.push_back({"square." + parameters[i].name, host_copy(state[2 * i + 1])});
  }
  write_safetensors(options_.out / kCheckpointFile, tensors, FloatStorage::f32);
}

bool Trainer::load_checkpoint() {
  const auto path = options_.out / kCheckpointFile;
  if (!std::filesystem::exists(path)) return false;
  const SafetensorsFile file(path);
  const auto tensor = [&](const std::string& name, const Shape& shape, const char* dtype) {
    const auto found = file.entries().find(name);
    if (found == file.entries().end() || found->second.shape != shape || found->second.dtype != dtype) {
      throw Error(ErrorCode::invalid_data, "'" + path.string() + "' has no tensor '" + name + "' of shape " + shape_text(shape) +
                                               ": it belongs to another recipe; remove it to start anew");
    }
    return found->second.bytes.data();
  };
  const std::string fingerprint = recipe_.fingerprint();
  std::vector<int32_t> words(5 + fingerprint.size());
  std::memcpy(words.data(), tensor("counters", {static_cast<int64_t>(words.size())}, "I32"), words.size() * 4);
  if (!std::equal(fingerprint.begin(), fingerprint.end(), words.begin() + 5)) {
    throw Error(ErrorCode::invalid_data, "'" + path.string() + "' was made with another recipe than '" + options_.recipe.string() +
                                             "': remove it to start anew");
  }
  epoch_ = words[0];
  std::memcpy(&seconds_, &words[1], sizeof seconds_);
  std::memcpy(&loss_, &words[3], sizeof loss_);
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> state;
  for (const TorchParameter& p : ops_->parameters()) {
    const Shape shape(p.value.sizes().begin(), p.value.sizes().end());
    const auto array = [&](const std::string& name) {
      at::Tensor copy = at::empty(p.value.sizes(), at::kFloat);
      std::memcpy(copy.data_ptr<float>(), tensor(name, shape, "F32"), static_cast<size_t>(copy.numel()) * 4);
      return copy;
    };
    at::Tensor value = p.value;
    value.copy_(array("parameter." + p.name));
    state.push_back(array("mean." + p.name));
    state.push_back(array("square." + p.name));
  }
  optimizer_->restore(state, epoch_ * steps_per_epoch_);
  return true;
}

// A run that was killed in the middle of an epoch does that epoch again: its lines go.
void Trainer::open_log() {
  const auto path = options_.out / kLogFile;
  std::string kept;
  std::ifstream old(path);
  for (std::string line; epoch_ > 0 && std::getline(old, line);) {
    const json entry = json::parse(line, nullptr, false);
    if (entry.is_object() && entry.value("epoch", epoch_ + 1) <= epoch_) kept += line + "\n";
  }
  write_file_atomic(path, kept);
}

void Trainer::log(const std::string& line) const {
  std::ofstream file(options_.out / kLogFile, std::ios::app);
  file << line << "\n";
  if (!file) throw Error(ErrorCode::io, "cannot write '" + (options_.out / kLogFile).string() + "'");
}

// All splits are one gallery; a text's rank counts every picture at least as similar as its own.
std::string Trainer::evaluate() {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> pictures, texts;
  std::vector<int64_t> sizes;
  for (const Evaluation& e : evaluations_) {
    const auto& rows = e.set.rows;
    sizes.push_back(static_cast<int64_t>(rows.size()));
    for (size_t begin = 0; begin < rows.size(); begin += kEvaluationBatch) {
      std::vector<Image> images;
      std::vector<std::string> captions;
      for (size_t i = begin; i < std::min(rows.size(), begin + kEvaluationBatch); ++i) {
        images.push_back(rows[i].picture);
        captions.push_back(rows[i].captions.front());
      }
      pictures.push_back(encode_pictures(images));
      texts.push_back(encode_texts(captions));
    }
  }
  const at::Tensor scores = at::matmul(at::cat(texts), at::cat(pictures).t());
  const at::Tensor rank = scores.ge(scores.diagonal().unsqueeze(1)).sum(1).cpu();
  json recall = json::object();
  int64_t begin = 0;
  for (size_t s = 0; s < sizes.size(); begin += sizes[s++]) {
    json figures = json::object();
    for (const int k : {1, 5, 10}) {
      figures["R@" + std::to_string(k)] = rank.narrow(0, begin, sizes[s]).le(k).to(at::kFloat).mean().item<double>();
    }
    recall[evaluations_[s].split] = figures;
  }
  const json line = {{"step", epoch_ * steps_per_epoch_}, {"epoch", epoch_}, {"gallery", scores.size(1)}, {"recall", recall}};
  return line.dump();
}

void Trainer::export_weights() const {
  std::vector<NamedTensor> tensors;
  for (const TorchParameter& p : ops_->parameters()) tensors.push_back({p.name, host_copy(p.value)});
  export_model(options_.out, recipe_, tokenizer_->start_id(), tensors);
}

}  // namespace sightline

// The plugin's entry (base/plugin.h); see train/train.cpp.
extern "C" void sightline_train(const sightline::TrainOptions* options, const sightline::ProgressFn* progress,
                                sightline::TrainResult* result) {
  // The same large tensors come at every step: without this, each is mapped and unmapped anew, at
  // the price of a page fault for every 4 KiB.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  try {
    *result = sightline::Trainer(*options, *progress).run();
  } catch (const c10::Error& error) {
    throw sightline::Error(sightline::ErrorCode::internal, std::string("libtorch: ") + error.what_without_backtrace());
  }
}

#include "train/fine_tune/layout_writer.h"

#include <sightline/error.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>

#include "base/adapter_spec.h"
#include "base/file.h"
#include "base/text.h"
#include "models/layouts.h"
#include "models/pair.h"
#include "models/weight_builder.h"
#include "train/export_open_clip.h"
#include "train/fine_tune/changed_weights.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using Bytes = std::span<const uint8_t>;

constexpr int64_t kMaxCopiedBytes = int64_t{1} << 30;
constexpr int64_t kOpenaiVocabulary = 49408;  // of the tokenizer that open_clip has

constexpr const char* kWeights = "model.safetensors";
constexpr const char* kOpenClipWeights = "open_clip_model.safetensors";

// A model's files without its weights. Listed, because a single file of weights may be in a
// directory with anything else.
bool is_copied(const std::string& name) {
  constexpr std::array<std::string_view, 18> kNames = {"config.json",
                                                       "generation_config.json",
                                                       "preprocessor_config.json",
                                                       "processor_config.json",
                                                       "tokenizer.json",
                                                       "tokenizer_config.json",
                                                       "special_tokens_map.json",
                                                       "added_tokens.json",
                                                       "vocab.json",
                                                       "merges.txt",
                                                       "vocab.txt",
                                                       "tokenizer.model",
                                                       "open_clip_config.json",
                                                       "modules.json",
                                                       "config_sentence_transformers.json",
                                                       "bpe_simple_vocab_16e6.txt",
                                                       "bpe_simple_vocab_16e6.txt.gz",
                                                       "sentencepiece.bpe.model"};
  return std::ranges::find(kNames, name) != kNames.end() || name.starts_with("LICENSE") ||
         name.starts_with("NOTICE") ||
         (name.starts_with("sentence_") && name.ends_with("_config.json"));
}

bool is_safetensors(const MappedFile& file) {
  return file.bytes().size() > 8 && file.bytes()[8] == '{';
}

// The elements without strides.
std::vector<uint8_t> contiguous(const TensorEntry& entry) {
  const size_t size = element_size(entry.dtype);
  if (entry.strides.empty()) return {entry.bytes.begin(), entry.bytes.end()};
  const int64_t count = element_count(entry.shape);
  std::vector<uint8_t> bytes(static_cast<size_t>(count) * size);
  for (int64_t i = 0; i < count; ++i) {
    int64_t rest = i, offset = 0;
    for (size_t axis = entry.shape.size(); axis-- > 0;) {
      offset += rest % entry.shape[axis] * entry.strides[axis];
      rest /= entry.shape[axis];
    }
    std::memcpy(bytes.data() + static_cast<size_t>(i) * size,
                entry.bytes.data() + static_cast<size_t>(offset) * size, size);
  }
  return bytes;
}

// One model of its own, or one of a pair.
class Writer {
 public:
  Writer(const ModelSource& source, const fs::path& directory) : source_(source), to_(directory) {
    const fs::path path = without_adapters(source.path.string());
    is_file_ = fs::is_regular_file(file_status(path));
    from_ = is_file_ ? path.parent_path() : path;
  }

  std::vector<fs::path> write(ChangedWeights& weights) {
    make_folder(to_);
    copy_configs(".");
    if (!is_file_) {
      for (const fs::path& module : module_directories(from_)) copy_configs(module);
    }
    if (source_.layout == "openai") write_openai_config();
    write_weights(weights.take_bytes());
    return std::move(written_);
  }

 private:
  void write_file(const fs::path& name, std::span<const Bytes> parts) {
    make_folder((to_ / name).parent_path());
    write_file_atomic(to_ / name, parts);
    written_.push_back(name);
  }

  void copy(const fs::path& name) {
    const std::vector<uint8_t> content = read_file(from_ / name, kMaxCopiedBytes);
    const Bytes parts[] = {content};
    write_file(name, parts);
  }

  void copy_configs(const fs::path& folder) {
    if (!fs::is_directory(file_status(from_ / folder))) return;
    for (const fs::path& file : folder_entries(from_ / folder)) {
      const fs::path name = (folder / file.filename()).lexically_normal();
      const bool known = is_copied(file.filename().string()) && !copied_.contains(name);
      if (!known || !fs::is_regular_file(file_status(file))) continue;
      copied_.insert(name);
      copy(name);
    }
  }

  void write_openai_config() {
    const auto& clip = source_.config_as<ClipConfig>();
    const std::string config = open_clip_config_of(clip, clip.vocab_size != kOpenaiVocabulary);
    const Bytes parts[] = {Bytes(reinterpret_cast<const uint8_t*>(config.data()), config.size())};
    write_file("open_clip_config.json", parts);
  }

  // The name of a single file of weights, as the layout has it.
  fs::path weights_name(const fs::path& original) const {
    if (source_.layout == "torchvision")
      return fs::path(original.filename()).replace_extension(".safetensors");
    const bool open_clip = source_.layout == "open_clip" || source_.layout == "openai";
    return weights_folder() / (open_clip ? kOpenClipWeights : kWeights);
  }

  // Sentence-transformers may have the transformer in a directory of its own.
  fs::path weights_folder() const {
    const fs::path where = source_.checkpoint->where();
    if (is_file_ || !fs::is_directory(file_status(where))) return {};
    const fs::path folder = where.lexically_relative(from_).lexically_normal();
    return folder == "." ? fs::path() : folder;
  }

  void write_weights(const std::map<const TensorEntry*, std::vector<uint8_t>>& changed) {
    const std::vector<const MappedFile*> files = source_.checkpoint->files();
    const bool patched = source_.layout != "openai" && std::ranges::all_of(files, [](auto* file) {
                           return is_safetensors(*file);
                         });
    if (!patched) return write_all(files.front()->path(), changed);
    for (const MappedFile* file : files) {
      const fs::path name = files.size() == 1 ? weights_name(file->path())
                                              : weights_folder() / file->path().filename();
      write_patched(*file, name, changed);
    }
    if (files.size() > 1) copy_index();
  }

  void copy_index() {
    for (const fs::path& file : folder_entries(from_ / weights_folder())) {
      if (file.string().ends_with(".safetensors.index.json"))
        copy(weights_folder() / file.filename());
    }
  }

  // The file with the bytes of the changed tensors replaced: everything else stays.
  void write_patched(const MappedFile& file, const fs::path& name,
                     const std::map<const TensorEntry*, std::vector<uint8_t>>& changed) {
    const Bytes all = file.bytes();
    std::map<size_t, Bytes> patches;  // by offset
    for (const auto& [entry, bytes] : changed) {
      const auto offset = static_cast<size_t>(entry->bytes.data() - all.data());
      if (entry->bytes.data() >= all.data() && offset < all.size()) patches[offset] = bytes;
    }
    std::vector<Bytes> parts;
    size_t end = 0;
    for (const auto& [offset, bytes] : patches) {
      parts.push_back(all.subspan(end, offset - end));
      parts.push_back(bytes);
      end = offset + bytes.size();
    }
    parts.push_back(all.subspan(end));
    write_file(name, parts);
  }

  // All tensors of a checkpoint in another format.
  void write_all(const fs::path& original,
                 const std::map<const TensorEntry*, std::vector<uint8_t>>& changed) {
    std::vector<StoredTensor> tensors;
    std::vector<std::vector<uint8_t>> copies;
    copies.reserve(source_.checkpoint->entries().size());
    for (const auto& [name, entry] : source_.checkpoint->entries()) {
      const bool size_buffer =
          name == "input_resolution" || name == "context_length" || name == "vocab_size";
      if (source_.layout == "openai" && size_buffer) continue;
      const auto found = changed.find(entry);
      if (found == changed.end() && !entry->strides.empty()) copies.push_back(contiguous(*entry));
      tensors.push_back({name, entry->dtype, entry->shape,
                         found != changed.end()   ? Bytes(found->second)
                         : entry->strides.empty() ? entry->bytes
                                                  : Bytes(copies.back())});
    }
    const fs::path name = weights_name(original);
    make_folder((to_ / name).parent_path());
    write_safetensors(to_ / name, tensors);
    written_.push_back(name);
  }

  const ModelSource& source_;
  bool is_file_;
  fs::path from_, to_;
  std::set<fs::path> copied_;
  std::vector<fs::path> written_;
};

std::vector<fs::path> write_one(const ModelSource& source,
                                std::initializer_list<const std::vector<NamedTensor>*> tensors,
                                const fs::path& directory) {
  ChangedWeights weights(source);
  for (const auto* list : tensors) {
    for (const NamedTensor& tensor : *list) weights.set(tensor.name, tensor.tensor);
  }
  return Writer(source, directory).write(weights);
}

const char* projection_name(PairProjection projection) {
  return projection == PairProjection::none     ? "none"
         : projection == PairProjection::linear ? "linear"
                                                : "auto";
}

std::vector<fs::path> write_pair(const PairConfig& pair, const TowerTensors& tensors,
                                 const fs::path& directory) {
  std::vector<fs::path> written;
  const auto add = [&](const char* folder, const std::vector<fs::path>& names) {
    for (const fs::path& name : names) written.push_back(folder / name);
  };
  std::string text = "text", image = "image";
  // A single file of weights is named by its path.
  const auto file_in = [](const std::string& folder, const std::vector<fs::path>& names) {
    return folder + "/" + names.back().generic_string();
  };
  const auto text_files = write_one(*pair.text, {&tensors.text}, directory / "text");
  const auto image_files = write_one(*pair.image, {&tensors.image}, directory / "image");
  if (pair.image->layout == "torchvision") image = file_in(image, image_files);
  add("text", text_files);
  add("image", image_files);
  nlohmann::json spec = {{"format", 1},
                         {"text", text},
                         {"image", image},
                         {"projection", projection_name(pair.projection)}};
  if (pair.projection != PairProjection::none) spec["seed"] = pair.seed;
  write_file_atomic(directory / kPairFile, spec.dump(2) + "\n");
  written.emplace_back(kPairFile);
  return written;
}

// Calls check(model, lists of its tensors) for the model, or for both of a pair.
template <typename Check>
void for_each_model(const ModelSource& source, const TowerTensors& tensors, const Check& check) {
  using Lists = std::vector<const std::vector<NamedTensor>*>;
  if (source.checkpoint)
    return check(source, Lists{&tensors.text, &tensors.image, &tensors.shared});
  const auto& pair = source.config_as<PairConfig>();
  check(*pair.text, Lists{&tensors.text});
  check(*pair.image, Lists{&tensors.image});
}

// Whether the tower has the values that its source reads: those of the file with the addition.
bool is_as_read(const ModelSource& source, const NamedTensor& tensor) {
  return std::ranges::all_of(split_fused(tensor.name, tensor.tensor), [&](const NamedTensor& part) {
    const Tensor read = source.parameters->take(part.name, part.tensor.shape());
    return std::equal(read.data<float>(), read.data<float>() + read.count(),
                      part.tensor.data<float>());
  });
}

bool returns_from_file(const ModelSource& source, const NamedTensor& tensor) {
  ChangedWeights weights(source);
  try {
    weights.set(tensor.name, tensor.tensor);
    if (has_addition(source, tensor.name)) return is_as_read(source, tensor);
    return weights.take_bytes().empty();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::internal) throw;
    return false;
  }
}

}  // namespace

bool has_addition(const ModelSource& source, const std::string& parameter) {
  if (!source.checkpoint) {
    return std::ranges::any_of(source.parts,
                               [&](const auto& part) { return has_addition(*part, parameter); });
  }
  const size_t end = std::min(parameter.rfind('.'), parameter.size());
  return std::ranges::any_of(
      stacked_layers(parameter.substr(0, end)), [&](const std::string& layer) {
        return source.parameters->has_addition(layer + parameter.substr(end));
      });
}

void require_in_layout(const ModelSource& source, const TowerTensors& tensors) {
  for_each_model(source, tensors, [&](const ModelSource& one, const auto& lists) {
    for (const auto* list : lists) {
      for (const NamedTensor& tensor : *list) {
        if (returns_from_file(one, tensor)) continue;
        const bool added = has_addition(one, tensor.name);
        throw Error(ErrorCode::unsupported, "the model ", quoted(one.path), " cannot be fine-tuned",
                    added ? "" : " by this method", ": the weights '", tensor.name, "'",
                    added ? ", which the adapter changes," : "",
                    " are computed from several tensors of its files and cannot be written back; ",
                    added
                        ? "start from the model without the adapter"
                        : "choose a method that leaves them unchanged, such as adapter or prompt");
      }
    }
  });
}

void require_writable_layout(const ModelSource& source) {
  for (const auto& part : source.parts) require_writable_layout(*part);
  if (source.layout != "gguf" && source.layout != "onnx") return;
  throw Error(ErrorCode::unsupported, "the model ", quoted(source.path),
              " cannot be fine-tuned: its layout ", source.layout,
              " is read and not written; start from the original model");
}

void check_in_layout(const ModelSource& source, const TowerTensors& tensors) {
  for_each_model(source, tensors, [](const ModelSource& one, const auto& lists) {
    ChangedWeights weights(one);
    for (const auto* list : lists) {
      for (const NamedTensor& tensor : *list) weights.set(tensor.name, tensor.tensor);
    }
    weights.take_bytes();
  });
}

bool is_model_file(const std::string& name) {
  return is_copied(name) || name.ends_with(".safetensors") ||
         name.ends_with(".safetensors.index.json");
}

std::vector<fs::path> write_in_layout(const ModelSource& source, const TowerTensors& tensors,
                                      const fs::path& directory) {
  make_folder(directory);
  if (!source.checkpoint) return write_pair(source.config_as<PairConfig>(), tensors, directory);
  return write_one(source, {&tensors.text, &tensors.image, &tensors.shared}, directory);
}

}  // namespace sightline

// The towers of OpenCLIP's models: kinds of image and of text towers, each read from a section of
// open_clip_config.json, in any combination. A further kind is a file and a line in
// towers.cpp.
// Source: mlfoundations/open_clip src/open_clip/model.py (_build_vision_tower, _build_text_tower,
// CLIP, CustomTextCLIP).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/config_section.h"
#include "models/towers.h"
#include "models/weight_builder.h"

namespace sightline {

// The place in the file of a tensor that a tower requests.
using TensorNames = std::function<FileTensor(const std::string& name, const Shape& shape)>;

// Loads a tokenizer from the files of a model's directory.
using TokenizerLoader = std::function<std::unique_ptr<Tokenizer>(
    const std::filesystem::path& directory, int context_length)>;

struct ImageTowerSpec {
  int64_t image_size = 0;  // S
  int64_t patch_size = 0;  // P; 0: no vision transformer
  Activation activation = Activation::gelu;
  // Of the names "vision_model.…" and "visual_projection.…". Other names are the file's own.
  TensorNames names;
  std::vector<std::string> ignored;  // tensors of the file that inference does not read
  std::function<std::unique_ptr<ImageTower>(WeightBuilder&)> build;
};

struct TextTowerSpec {
  int64_t context_length = 0;           // T at most
  int64_t vocab_size = 0;               // V
  std::optional<int64_t> eos_token_id;  // which must be the tokenizer's; nothing: any
  Activation activation = Activation::gelu;
  // Of the names "text_model.…" and "text_projection.…". Other names are the file's own.
  TensorNames names;
  std::vector<std::string> ignored;
  std::function<std::unique_ptr<TextTower>(WeightBuilder&)> build;
  TokenizerLoader tokenizer;
};

// What the sections of both towers share.
struct TowerContext {
  int64_t embedding_dim = 0;     // D
  bool quick_gelu = false;       // of native towers
  const Checkpoint& checkpoint;  // for sizes that the config leaves to another library
  std::string text_prefix;       // "text." where the file's text tensors have it
};

// `matches` is cheap and reads keys only; `read` refuses every setting that it does not implement.
struct ImageTowerKind {
  const char* name;
  bool (*matches)(const ConfigSection& vision);
  ImageTowerSpec (*read)(const ConfigSection& vision, const TowerContext& context);
};
struct TextTowerKind {
  const char* name;
  bool (*matches)(const ConfigSection& text);
  TextTowerSpec (*read)(const ConfigSection& text, const TowerContext& context);
};

// All kinds, in the order in which they are tried.
std::span<const ImageTowerKind> image_tower_kinds();
std::span<const TextTowerKind> text_tower_kinds();

// The config of the family "open_clip".
struct OpenClipTowers {
  int64_t embedding_dim = 0;  // D
  ImageTowerSpec image;
  TextTowerSpec text;
};

// `model`: the section model_cfg. Throws unsupported where no kind matches, and what `read` throws.
OpenClipTowers read_open_clip_towers(const ConfigSection& model, const Checkpoint& checkpoint);

// The checkpoint under the names that both towers request. `checkpoint` must outlive it.
std::unique_ptr<ParameterSource> open_clip_parameters(const OpenClipTowers& towers,
                                                      const Checkpoint& checkpoint);

ModelFamily open_clip_family();

}  // namespace sightline

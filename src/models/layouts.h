// The supported checkpoint layouts, one file each (model_source.h).
#pragma once

#include "models/model_source.h"
#include "models/resnet_config.h"

namespace sightline {

// Larger configs are refused before they are read.
inline constexpr int64_t kMaxModelConfigBytes = 1 << 20;

// config.json and safetensors as transformers' save_pretrained writes them.
ModelLayout huggingface_layout();

// The same of a directory or file that another layout contains. `checkpoint` null: opened here.
// Throws unsupported, naming the model_type, where no family has it.
ModelSource open_huggingface(const std::filesystem::path& directory,
                             std::shared_ptr<const Checkpoint> checkpoint = nullptr);

// The preprocessing of images in such a directory, from processor_config.json or
// preprocessor_config.json. Throws not_found, and what parse_preprocessor_config throws.
PreprocessSpec read_huggingface_preprocessing(const std::filesystem::path& directory);

// Throws unsupported: the directory has no config.json of a known model_type.
[[noreturn]] void throw_unknown_type(const std::filesystem::path& directory);

// modules.json of sentence-transformers, and the directories that it names.
inline constexpr const char* kModulesFile = "modules.json";
// The directories of the modules, relative to the model's; empty if it has no modules.json. Throws
// what opening the model throws.
std::vector<std::filesystem::path> module_directories(const std::filesystem::path& model);
ModelLayout sentence_transformers_layout();

// open_clip_config.json and open_clip_model.safetensors or open_clip_pytorch_model.bin.
ModelLayout open_clip_layout();

// The names of OpenCLIP's weights in a directory.
const WeightNames& open_clip_weight_names();

// Whether a name is that of weights in a format of programs that train. In a directory they take
// precedence over GGUF; the ONNX layout looks only for weights of the huggingface and open_clip
// layouts.
bool is_trained_name(const std::filesystem::path& path);

// A GGUF file as clip.cpp writes it.
ModelLayout gguf_layout();

// ONNX exports of transformers.js and immich.
ModelLayout onnx_layout();

// A model of OpenCLIP whose files are in other places: the text of open_clip_config.json, of which
// `config` is the path for messages, and the directory of the tokenizer.
ModelSource open_open_clip(const std::string& text, const std::filesystem::path& config,
                           std::shared_ptr<const Checkpoint> checkpoint,
                           const std::filesystem::path& tokenizer);

// Whether the directory has a config.json with a model_type that a family has.
bool has_known_type(const std::filesystem::path& directory);

// OpenAI's .pt: a TorchScript archive, or a state dict that still has its buffers; no config.
ModelLayout openai_layout();

// timm's repositories of ResNets and MobileNetV2: config.json with "architecture" and
// "pretrained_cfg".
ModelLayout timm_layout();

// torchvision's ResNets and MobileNetV2: a single state dict.
ModelLayout torchvision_layout();

// Shared by timm and torchvision: a ResNet's sizes inferred from the tensors (torchvision's names),
// weights without batch norms' counters, and ImageNet's preprocessing.
ResnetConfig resnet_sizes(const Checkpoint& weights);
std::unique_ptr<ParameterSource> unrenamed_parameters(const Checkpoint& weights);
PreprocessSpec imagenet_preprocess();
// The names of the counters of batch norms, which only PyTorch's training reads.
std::vector<std::string> batch_counters(const Checkpoint& weights);

// The tokenizer of a model trained with OpenAI's tokenizer (profile openai), from the files in a
// directory: bpe_simple_vocab_16e6.txt.gz or its unpacked text, tokenizer.json, or vocab.json and
// merges.txt. Throws not_found with the accepted files.
std::unique_ptr<Tokenizer> load_openai_style_tokenizer(const std::filesystem::path& directory,
                                                       int context_length);

}  // namespace sightline

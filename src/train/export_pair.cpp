#include "train/export_pair.h"

#include <sightline/error.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "models/pair_spec.h"
#include "train/export_bert.h"
#include "train/export_timm.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kImageFolder = "image";
constexpr const char* kTextFolder = "text";

// Configs, tokenizers and modules are copied; weights in any format are not.
bool is_copied(const fs::path& file) {
  const std::string extension = lower(file.extension().string());
  return extension == ".json" || extension == ".txt" || extension == ".model";
}

void copy_configs(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file() || !is_copied(entry.path())) continue;
    if (entry.path().filename().string().ends_with(".index.json")) continue;  // of shards
    const fs::path file = to / entry.path().lexically_relative(from);
    make_folder(file.parent_path());
    write_file_atomic(file, read_text_file(entry.path(), int64_t{1} << 30));
  }
}

}  // namespace

void require_exportable_text(const ModelSource& text) {
  std::error_code ignored;
  if (text.family == "bert" && fs::exists(text.path / "config.json", ignored)) return;
  throw Error(
      ErrorCode::unsupported, "the text tower of ", quoted(text.path), " (family ", text.family,
      ") cannot be trained in a pair, only that of a BERT's directory: use \"locked\": true");
}

void export_image_of_pair(const fs::path& directory, const ImageSizes& sizes,
                          const PreprocessSpec& pixels, int64_t steps,
                          std::span<const NamedTensor> parameters,
                          std::span<const NamedTensor> buffers) {
  const fs::path to = directory / kImageFolder;
  make_folder(to);
  if (const auto* config = std::get_if<MobilenetV2Config>(&sizes)) {
    export_mobilenet_v2(to, *config, pixels, steps, parameters, buffers);
  } else {
    export_resnet(to, std::get<ResnetConfig>(sizes), pixels, {}, steps, parameters, buffers);
  }
}

void export_text_of_pair(const fs::path& directory, const ModelSource& text,
                         std::span<const NamedTensor> parameters) {
  const fs::path to = directory / kTextFolder;
  make_folder(to);
  copy_configs(text.path, to);
  write_safetensors(to / "model.safetensors",
                    bert_tensors(text.config_as<BertConfig>(), parameters, ""), FloatStorage::f16);
}

void export_pair_file(const fs::path& directory, const fs::path& text) {
  // Relative, so that both may be moved together.
  const fs::path path =
      text.empty() ? fs::path(kTextFolder)
                   : fs::weakly_canonical(text).lexically_relative(fs::canonical(directory));
  const nlohmann::json pair = {{"format", 1},
                               {"text", path.generic_string()},
                               {"image", kImageFolder},
                               {"projection", "none"}};
  write_file_atomic(directory / kPairFile, pair.dump(2) + "\n");
}

}  // namespace sightline

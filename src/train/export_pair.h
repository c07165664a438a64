// Writes a trained pair: DIR/image as timm's ResNet or MobileNetV2, DIR/text if the text tower was
// trained, and DIR/pair.json (docs/formats/pair.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "models/model_source.h"
#include "models/pair_spec.h"
#include "train/recipe_model.h"
#include "weights/safetensors.h"

namespace sightline {

// Throws unsupported unless export_text_of_pair can write the text tower of this model.
void require_exportable_text(const ModelSource& text);

// A directory for timm, whose logits are the vectors. `pixels`, `steps`: as for export_resnet.
void export_image_of_pair(const std::filesystem::path& directory, const ImageSizes& sizes,
                          const PreprocessSpec& pixels, int64_t steps,
                          std::span<const NamedTensor> parameters,
                          std::span<const NamedTensor> buffers);

// A copy of the text model's files, those in its directory and in the directories of its modules,
// but no others that may be below it, such as `directory` itself, with these weights (fp16) as
// model.safetensors. Returns the names of the copies, relative to DIR/text.
std::vector<std::string> export_text_of_pair(const std::filesystem::path& directory,
                                             const ModelSource& text,
                                             std::span<const NamedTensor> parameters);

// pair.json without a projection, for the text tower in DIR/text with these copies.
void export_pair_file(const std::filesystem::path& directory,
                      const std::vector<std::string>& copies);
// For the text tower of another model. `origin`: empty members are left out.
void export_pair_file(const std::filesystem::path& directory, const std::filesystem::path& text,
                      const TextModelOrigin& origin);

// Removes the files that the functions above write into the directory, and its subfolders if they
// are then empty. Of copies, only those in pair.json: others are the user's. Errors are ignored.
void remove_exported_pair(const std::filesystem::path& directory);

}  // namespace sightline

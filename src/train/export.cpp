#include "train/export.h"

#include <nlohmann/json.hpp>

#include "models/weight_builder.h"

namespace sightline {

std::string preprocessor_config(int64_t side) {
  const nlohmann::json config = {
      {"image_processor_type", "CLIPImageProcessor"},
      {"do_convert_rgb", true},
      {"do_resize", true},
      {"size", {{"shortest_edge", side}}},
      {"resample", 3},  // Pillow's BICUBIC
      {"do_center_crop", true},
      {"crop_size", {{"height", side}, {"width", side}}},
      {"do_rescale", true},
      {"rescale_factor", 1.0 / 255.0},
      {"do_normalize", true},
      // Shortest decimal that gives the same float back.
      {"image_mean", {0.48145466, 0.4578275, 0.40821073}},
      {"image_std", {0.26862954, 0.26130258, 0.27577711}},
  };
  return config.dump(2) + "\n";
}

void export_model(const std::filesystem::path& directory, const Recipe& recipe, int32_t start_token_id,
                  std::span<const NamedTensor> parameters) {
  std::vector<NamedTensor> tensors;
  const ClipConfig& c = recipe.model;
  for (const NamedTensor& parameter : parameters) {
    for (NamedTensor& part : split_fused(parameter.name, parameter.tensor)) {
      // The one weight that a file keeps in another shape than the backend.
      if (part.name == "vision_model.embeddings.patch_embedding.weight") {
        part.tensor = part.tensor.reshape({c.vision.width, 3, c.patch_size, c.patch_size});
      }
      tensors.push_back(std::move(part));
    }
  }
  write_file_atomic(directory / "config.json", write_clip_config(c, start_token_id));
  write_file_atomic(directory / "preprocessor_config.json", preprocessor_config(c.image_size));
  write_file_atomic(directory / "recipe.json", recipe.text);
  write_safetensors(directory / "model.safetensors", tensors, FloatStorage::f16);
}

}  // namespace sightline

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
      // The shortest decimal that parses to the same float.
      {"image_mean", {0.48145466, 0.4578275, 0.40821073}},
      {"image_std", {0.26862954, 0.26130258, 0.27577711}},
  };
  return config.dump(2) + "\n";
}

void export_clip(const std::filesystem::path& directory, const ClipConfig& config,
                 int32_t start_token_id, std::span<const NamedTensor> parameters) {
  std::vector<NamedTensor> tensors;
  for (const NamedTensor& parameter : parameters) {
    for (NamedTensor& part : split_fused(parameter.name, parameter.tensor)) {
      // The only weight whose shape in the file differs from the backend's.
      if (part.name == "vision_model.embeddings.patch_embedding.weight") {
        part.tensor =
            part.tensor.reshape({config.vision.width, 3, config.patch_size, config.patch_size});
      }
      tensors.push_back(std::move(part));
    }
  }
  write_file_atomic(directory / "config.json", write_clip_config(config, start_token_id));
  write_file_atomic(directory / "preprocessor_config.json", preprocessor_config(config.image_size));
  write_safetensors(directory / "model.safetensors", tensors, FloatStorage::f16);
}

std::vector<NamedTensor> with_batches_tracked(std::span<const NamedTensor> buffers, int64_t steps) {
  const std::string mean = ".running_mean";
  std::vector<NamedTensor> tensors;
  for (NamedTensor buffer : buffers) {
    buffer.full_precision = true;
    if (buffer.name.ends_with(mean)) {
      Tensor count(Shape{}, DType::i32);
      *count.data<int32_t>() = static_cast<int32_t>(steps);
      tensors.push_back(
          {buffer.name.substr(0, buffer.name.size() - mean.size()) + ".num_batches_tracked",
           count});
    }
    tensors.push_back(std::move(buffer));
  }
  return tensors;
}

}  // namespace sightline

#include "train/fine_tune/adapter_export.h"

#include <sightline/error.h>

#include <optional>
#include <span>
#include <vector>

#include "models/pair.h"

namespace sightline {
namespace {

// Last layers of image towers: of vision transformers, of CLIP's ResNets, of classifiers.
constexpr const char* kImageLayers[] = {"visual_projection", "visual.attnpool.c_proj", "fc",
                                        "classifier"};
constexpr const char* kTextLayers[] = {"text_projection"};

// A tensor under the name that the tower asks for; nothing if the model has none. Shape: of one or
// two axes, as the tower has it.
std::optional<Tensor> find_tensor(const ModelSource& source, const std::string& name) {
  // The sizes do not decide the place, the number of axes may.
  const Shape shape = name.ends_with(".bias") ? Shape{1} : Shape{1, 1};
  const FileTensor place = source.parameters->locate(name, shape);
  const TensorEntry* entry = source.checkpoint->find(place.name);
  if (entry == nullptr || place.part == FileTensor::Part::rows || !is_float_type(entry->dtype))
    return std::nullopt;
  Tensor tensor = to_host_f32(*entry);
  if (place.part != FileTensor::Part::transposed) return tensor;
  const int64_t rows = tensor.dim(0), columns = tensor.dim(1);
  Tensor turned({columns, rows}, DType::f32);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c)
      turned.data<float>()[c * rows + r] = tensor.data<float>()[r * columns + c];
  }
  return turned;
}

std::optional<std::string> last_layer(const ModelSource& source,
                                      std::span<const char* const> names) {
  for (const char* name : names) {
    if (find_tensor(source, std::string(name) + ".weight")) return name;
  }
  return std::nullopt;
}

// map (D, D) * weight (D, C), or * bias (D).
Tensor mapped(const Matrix& map, const Tensor& weight) {
  if (weight.dim(0) != map.dim) {
    throw Error(ErrorCode::unsupported, "the last layer of the model has ", weight.dim(0),
                " results, but its vectors have ", map.dim,
                " elements: an adapter cannot be written into it");
  }
  const int64_t columns = weight.rank() == 2 ? weight.dim(1) : 1;
  Tensor result(weight.shape(), DType::f32);
  std::vector<double> sums(static_cast<size_t>(columns));
  for (int64_t r = 0; r < map.rows; ++r) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (int64_t k = 0; k < map.dim; ++k) {
      const double factor = map.row(r)[static_cast<size_t>(k)];
      const float* row = weight.data<float>() + k * columns;
      for (int64_t c = 0; c < columns; ++c) sums[static_cast<size_t>(c)] += factor * row[c];
    }
    for (int64_t c = 0; c < columns; ++c)
      result.data<float>()[r * columns + c] = static_cast<float>(sums[static_cast<size_t>(c)]);
  }
  return result;
}

void fold(const ModelSource& source, std::span<const char* const> names, const Matrix& map,
          std::vector<NamedTensor>& tensors) {
  const auto layer = last_layer(source, names);
  if (!layer) return;
  for (const char* part : {".weight", ".bias"}) {
    const std::string name = *layer + part;
    if (const auto tensor = find_tensor(source, name))
      tensors.push_back({name, mapped(map, *tensor)});
  }
}

// The models that the towers come from.
struct Parts {
  const ModelSource *image, *text;
};
Parts parts_of(const ModelSource& source) {
  if (source.checkpoint) return {&source, &source};
  const auto& pair = source.config_as<PairConfig>();
  return {pair.image.get(), pair.text.get()};
}

}  // namespace

FoldableTowers foldable_towers(const ModelSource& source) {
  const Parts parts = parts_of(source);
  return {last_layer(*parts.image, kImageLayers).has_value(),
          last_layer(*parts.text, kTextLayers).has_value()};
}

TowerTensors fold_maps(const ModelSource& source, const AdapterMaps& maps) {
  const Parts parts = parts_of(source);
  TowerTensors tensors;
  fold(*parts.image, kImageLayers, maps.image, tensors.image);
  fold(*parts.text, kTextLayers, maps.text, tensors.text);
  return tensors;
}

}  // namespace sightline

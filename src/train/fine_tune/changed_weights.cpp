#include "train/fine_tune/changed_weights.h"

#include <sightline/error.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "models/weight_builder.h"

namespace sightline {
namespace {

constexpr std::string_view kPositions = "embeddings.position_embeddings.weight";
constexpr const char* kSegmentTypes = "embeddings.token_type_embeddings.weight";

// Rounds to nearest even.
uint16_t float_to_bfloat16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

template <typename Element, typename Convert>
std::vector<uint8_t> converted(const Tensor& tensor, const Convert& convert) {
  std::vector<uint8_t> bytes(static_cast<size_t>(tensor.count()) * sizeof(Element));
  const float* const from = tensor.data<float>();
  for (int64_t i = 0; i < tensor.count(); ++i) {
    const Element element = convert(from[i]);
    std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof element, &element, sizeof element);
  }
  return bytes;
}

bool equal(const Tensor& a, const Tensor& b) {
  return std::equal(a.data<float>(), a.data<float>() + a.count(), b.data<float>());
}

// The largest value that a type rounds to a finite one.
float largest_of(const std::string& dtype) {
  if (dtype == "F16") return 65519.996F;
  if (dtype == "BF16") return std::bit_cast<float>(0x7f7f7fff);
  return std::numeric_limits<float>::max();
}

}  // namespace

std::vector<uint8_t> in_type(const Tensor& tensor, const std::string& dtype) {
  if (dtype == "F32") return converted<float>(tensor, [](float value) { return value; });
  if (dtype == "F16") return converted<uint16_t>(tensor, float_to_half);
  if (dtype == "BF16") return converted<uint16_t>(tensor, float_to_bfloat16);
  if (dtype == "F64") return converted<double>(tensor, [](float value) { return value; });
  throw Error(ErrorCode::internal, "weights of type ", dtype, " cannot be written");
}

void ChangedWeights::set(const std::string& name, const Tensor& tensor) {
  for (const NamedTensor& part : split_fused(name, tensor)) set_part(part.name, part.tensor);
}

void ChangedWeights::set_part(const std::string& name, const Tensor& tensor) {
  const FileTensor place = source_.parameters->locate(name, tensor.shape());
  const TensorEntry* const entry = source_.checkpoint->find(place.name);
  const int64_t count = entry == nullptr ? -1 : element_count(entry->shape);
  const bool rows = place.part == FileTensor::Part::rows;
  const int64_t begin =
      rows ? place.begin * element_count(entry->shape) / std::max<int64_t>(1, entry->shape[0]) : 0;
  if (rows ? begin + tensor.count() > count : tensor.count() != count) {
    throw Error(ErrorCode::internal, "the parameter '", name, "' ", shape_text(tensor.shape()),
                " does not fit the tensor '", place.name, "' of '", source_.checkpoint->where(),
                "'");
  }
  auto found = now_.find(entry);
  if (found == now_.end()) found = now_.emplace(entry, to_host_f32(*entry)).first;
  float* const to = found->second.data<float>();
  const Tensor own = without_segment_type(name, tensor);
  const float* const from = own.data<float>();
  if (place.part != FileTensor::Part::transposed) {
    std::copy_n(from, own.count(), to + begin);
    return;
  }
  const int64_t height = own.dim(0), width = own.dim(1);
  for (int64_t r = 0; r < height; ++r) {
    for (int64_t c = 0; c < width; ++c) to[c * height + r] = from[r * width + c];
  }
}

Tensor ChangedWeights::without_segment_type(const std::string& name, const Tensor& sum) const {
  if (!name.ends_with(kPositions)) return sum;
  const std::string prefix = name.substr(0, name.size() - kPositions.size());
  const FileTensor place = source_.parameters->locate(prefix + kSegmentTypes, {});
  const TensorEntry* const types = source_.checkpoint->find(place.name);
  if (types == nullptr) return sum;
  const FileTensor positions = source_.parameters->locate(name, sum.shape());
  const Tensor table = to_host_f32(*source_.checkpoint->find(positions.name));
  const Tensor type = to_host_f32(*types);
  const int64_t width = sum.dim(1);
  Tensor result(sum.shape(), DType::f32);
  std::copy_n(table.data<float>() + positions.begin * width, sum.count(), result.data<float>());
  for (int64_t i = 0; i < sum.count(); ++i) {
    const float old = result.data<float>()[i] + type.data<float>()[i % width];
    const float now = sum.data<float>()[i];
    if (now != old) result.data<float>()[i] += now - old;
  }
  return result;
}

void ChangedWeights::require_in_range(const TensorEntry* entry, const Tensor& tensor) const {
  const float largest = largest_of(entry->dtype);
  const float* const begin = tensor.data<float>();
  const float* const found = std::find_if(
      begin, begin + tensor.count(), [&](float value) { return !(std::abs(value) <= largest); });
  if (found == begin + tensor.count()) return;
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(*found));
  const auto& all = source_.checkpoint->entries();
  const auto named =
      std::ranges::find_if(all, [&](const auto& item) { return item.second == entry; });
  throw Error(ErrorCode::invalid_data, "the weights '",
              named == all.end() ? std::string() : named->first, "' have the value ", text,
              ", which their type ", entry->dtype, " in '", source_.checkpoint->where(),
              "' cannot hold");
}

std::map<const TensorEntry*, std::vector<uint8_t>> ChangedWeights::take_bytes() {
  std::map<const TensorEntry*, std::vector<uint8_t>> changed;
  for (auto& [entry, tensor] : now_) {
    if (!equal(tensor, to_host_f32(*entry))) {
      require_in_range(entry, tensor);
      changed.emplace(entry, in_type(tensor, entry->dtype));
    }
    tensor = Tensor();
  }
  now_.clear();
  return changed;
}

}  // namespace sightline

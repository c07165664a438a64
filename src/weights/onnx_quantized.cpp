// Quantized weights of ONNX models, as onnxruntime's quantize_dynamic stores them:
// NAME_quantized (8 bits), NAME_scale and NAME_zero_point, of the whole tensor or of each output.
// Source: microsoft/onnxruntime onnxruntime/python/tools/quantization/base_quantizer.py.
#include <sightline/error.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "weights/onnx.h"

namespace sightline {
namespace {

constexpr std::string_view kQuantized = "_quantized";

// Operations on quantized weights, with those on weights in f32.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOperations = {
    {{"MatMulInteger", "MatMul"}, {"ConvInteger", "Conv"}}};
// Operations on weights of other kinds of quantization.
constexpr std::array<std::string_view, 4> kOthers = {"MatMulNBits", "MatMulBnb4",
                                                     "GatherBlockQuantized", "QLinearMatMul"};

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view what) {
  throw Error(
      ErrorCode::unsupported, "'", path.string(), "' has quantized weights (", printable(what, 80),
      ") that are not read; expected the file in full or half precision, such as model.onnx "
      "or model_fp16.onnx");
}

std::string_view without_suffix(std::string_view name, std::string_view suffix) {
  if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  return name;
}

}  // namespace

void OnnxFile::dequantize_weights() {
  // Tensors in external data may share bytes, so that a small model could claim any size.
  uint64_t taken = 0;
  for (const auto& [name, weights] : integers_) {
    if (!name.ends_with(kQuantized)) continue;
    taken += weights.bytes.size();
    // Weights without rows have scales, too.
    const auto base = std::string(without_suffix(name, kQuantized));
    if (const TensorEntry* scales = initializer(base + "_scale")) taken += scales->bytes.size();
    if (taken > file_bytes_) {
      throw Error(ErrorCode::limit_exceeded, "'", file_.path().string(),
                  "' has quantized weights that share bytes");
    }
    dequantize(base, weights);
  }
  for (OnnxNode& node : nodes_) {
    if (std::ranges::find(kOthers, node.op) != kOthers.end()) refuse(file_.path(), node.op);
    for (std::string_view& input : node.inputs) {
      const std::string_view name = without_suffix(input, kQuantized);
      if (dequantized_.contains(name)) input = name;
    }
    for (const auto& [quantized, plain] : kOperations) {
      if (node.op != quantized) continue;
      if (node.inputs.size() < 2 || initializer(node.inputs[1]) == nullptr)
        refuse(file_.path(), node.op);
      node.op = plain;
      node.name = without_suffix(node.name, "_quant");
      node.inputs.resize(2);  // without zero points
    }
  }
}

void OnnxFile::dequantize(const std::string& base, const OnnxIntegers& weights) {
  const TensorEntry* scales = initializer(base + "_scale");
  const auto zeros = integers_.find(base + "_zero_point");
  if (scales == nullptr || scales->shape.size() > 1 || weights.shape.empty())
    refuse(file_.path(), base);
  const Tensor scale = to_host_f32(*scales);
  const auto count = static_cast<size_t>(scale.count());
  // A scale for each output: the last axis of a product's weights, the first of a convolution's.
  const bool last = weights.shape.size() == 2;
  const auto outputs = static_cast<size_t>(last ? weights.shape.back() : weights.shape.front());
  const bool has_zeros = zeros != integers_.end();
  if ((count != 1 && count != outputs) || (has_zeros && zeros->second.bytes.size() != count))
    refuse(file_.path(), base);

  const auto value = [](const OnnxIntegers& from, size_t i) {
    return from.is_signed ? static_cast<int8_t>(from.bytes[i]) : int{from.bytes[i]};
  };
  std::vector<float>& values = dequantized_[base];
  values.resize(weights.bytes.size());
  const size_t inner = outputs == 0 ? 0 : values.size() / outputs;
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t output = count == 1 ? 0 : last ? i % outputs : i / inner;
    const int zero = has_zeros ? value(zeros->second, output) : 0;
    values[i] = scale.data<float>()[output] * static_cast<float>(value(weights, i) - zero);
  }
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(values.data()),
                                       values.size() * sizeof(float));
  initializers_.erase(base + "_scale");  // not a parameter
  const TensorEntry entry{.dtype = "F32", .shape = weights.shape, .bytes = bytes, .strides = {}};
  if (!initializers_.emplace(base, entry).second) fail("tensor '" + base + "' appears twice");
}

}  // namespace sightline

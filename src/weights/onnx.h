// Reads the weights of ONNX models and what the graph does with them.
// Source: onnx/onnx onnx/onnx.proto (messages and field numbers).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weights/weights_file.h"

namespace sightline {

// A node of the graph. The names point into the mapped file.
struct OnnxNode {
  std::string_view name, op;                      // "/visual/conv1/Conv", "Conv"
  std::vector<std::string_view> inputs, outputs;  // the first 64 of each
  bool transposed_weights = false;                // of a Gemm: whether its weights are (out, in)
};

// A tensor of 8-bit integers: quantized weights or their zero points.
struct OnnxIntegers {
  bool is_signed = false;
  Shape shape;
  std::span<const uint8_t> bytes;  // in the file, or of `typed`
  std::vector<uint8_t> typed;
};

// An ONNX model. Exporters fold transpositions of weights into them and give the result a number
// for a name, so that entries() has, besides the initializers with names of parameters, those of
// numbers under the names that onnx_names.h finds. Immutable once the names are complete; may then
// be read from several threads.
class OnnxFile : public WeightsFile {
 public:
  // Checks the whole message: lengths, sizes without overflow, unique names, external files inside
  // the model's directory. Throws Error: not_found, io, invalid_data, limit_exceeded; unsupported
  // (weights of 4 bits).
  explicit OnnxFile(const std::filesystem::path& path);
  OnnxFile(const OnnxFile&) = delete;  // files() points to members
  OnnxFile& operator=(const OnnxFile&) = delete;

  const std::map<std::string, TensorEntry>& entries() const override { return entries_; }
  const MappedFile& file() const override { return file_; }
  std::vector<const MappedFile*> files() const override { return files_; }

  const std::vector<OnnxNode>& nodes() const { return nodes_; }
  // The initializer or constant of a name that a node has as an input; of quantized weights in f32.
  // Returns null if there is none, and for those of types that are not floating-point numbers.
  const TensorEntry* initializer(std::string_view name) const;
  // Adds an entry under another name. Returns false if there is one of this name. Throws
  // limit_exceeded if the entries together have many times the bytes of the files.
  bool add(const std::string& name, const TensorEntry& entry);

 private:
  void read_graph(std::string_view bytes);
  void read_node(std::string_view bytes);
  void read_tensor(std::string_view bytes, std::string_view name_of_constant);
  // Replaces quantized weights and the operations on them by those in f32 (onnx_quantized.cpp).
  void dequantize_weights();
  void dequantize(const std::string& base, const OnnxIntegers& weights);
  const MappedFile& external_file(std::string_view location);
  void list_files();
  // Throws invalid_data if the name of a tensor or node is too long.
  std::string_view checked_name(std::string_view name) const;
  [[noreturn]] void fail(const std::string& what) const;

  MappedFile file_;
  std::vector<std::unique_ptr<MappedFile>> mapped_;                 // besides file_
  std::map<std::string, const MappedFile*, std::less<>> external_;  // by location
  std::vector<const MappedFile*> files_ = {&file_};
  std::vector<OnnxNode> nodes_;
  std::vector<std::pair<std::string_view, std::string_view>> identities_;  // output, input
  std::map<std::string, TensorEntry, std::less<>> initializers_;
  std::map<std::string, OnnxIntegers, std::less<>> integers_;
  std::map<std::string, std::vector<float>, std::less<>> dequantized_;  // values of initializers_
  std::map<std::string, TensorEntry> entries_;
  uint64_t entry_bytes_ = 0;  // the sum of all entries
  uint64_t file_bytes_ = 0;   // the sum of all files
};

}  // namespace sightline

#include "weights/onnx.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"
#include "weights/onnx_names.h"
#include "weights/onnx_tensor.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Further inputs and outputs of a node are skipped: parameters are among the first few.
constexpr size_t kMaxOperands = 64;
constexpr size_t kMaxNodes = 1'000'000, kMaxTensors = 200'000, kMaxExternalFiles = 1024;

// Field numbers.
enum ModelField : uint32_t { kGraph = 7 };
enum GraphField : uint32_t { kNode = 1, kInitializer = 5, kSparseInitializer = 15 };
enum NodeField : uint32_t { kInput = 1, kOutput = 2, kNodeName = 3, kOp = 4, kAttribute = 5 };
enum AttributeField : uint32_t { kAttributeName = 1, kInteger = 3, kTensor = 5 };

}  // namespace

void OnnxFile::fail(const std::string& what) const {
  throw Error(ErrorCode::invalid_data, "'", file_.path().string(),
              "' is not a valid ONNX model: ", what);
}

std::string_view OnnxFile::checked_name(std::string_view name) const {
  if (name.size() > kLongestName) {
    fail(message("a tensor or node has a name of ", name.size(), " bytes, expected at most ",
                 kLongestName));
  }
  return name;
}

OnnxFile::OnnxFile(const fs::path& path) : file_(path) {
  const std::string where = "'" + path.string() + "'";
  const auto bytes = file_.bytes();
  OnnxFields fields({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, where);
  bool has_graph = false;
  for (ProtobufField field; fields.next(field);) {
    if (field.number != kGraph) continue;
    if (has_graph) fail("it has two graphs");
    has_graph = true;
    read_graph(field.bytes);
  }
  if (!has_graph) fail("it has no graph");
  list_files();
  dequantize_weights();
  for (const auto& [output, input] : identities_) {
    const TensorEntry* entry = initializer(input);
    if (entry != nullptr && !initializers_.emplace(output, *entry).second)
      fail("tensor '" + printable(output, 80) + "' appears twice");
  }
  add_onnx_names(*this);
}

void OnnxFile::read_graph(std::string_view bytes) {
  const std::string where = "'" + file_.path().string() + "'";
  OnnxFields fields(bytes, where);
  for (ProtobufField field; fields.next(field);) {
    if (field.number == kNode) read_node(field.bytes);
    if (field.number == kInitializer) read_tensor(field.bytes, {});
    if (field.number == kSparseInitializer) {
      throw Error(ErrorCode::unsupported, where, " has sparse weights, which are not read");
    }
  }
}

void OnnxFile::read_node(std::string_view bytes) {
  const std::string where = "'" + file_.path().string() + "'";
  OnnxNode node;
  std::vector<std::string_view> attributes;
  OnnxFields fields(bytes, where);
  for (ProtobufField field; fields.next(field);) {
    if (field.number == kInput && node.inputs.size() < kMaxOperands)
      node.inputs.push_back(checked_name(field.bytes));
    if (field.number == kOutput && node.outputs.size() < kMaxOperands)
      node.outputs.push_back(checked_name(field.bytes));
    if (field.number == kNodeName) node.name = checked_name(field.bytes);
    if (field.number == kOp) node.op = field.bytes;
    if (field.number == kAttribute) attributes.push_back(field.bytes);
  }
  for (const std::string_view attribute : attributes) {
    std::string_view name, tensor;
    uint64_t integer = 0;
    OnnxFields inner(attribute, where);
    for (ProtobufField field; inner.next(field);) {
      if (field.number == kAttributeName) name = field.bytes;
      if (field.number == kInteger) integer = field.value;
      if (field.number == kTensor) tensor = field.bytes;
    }
    if (node.op == "Gemm" && name == "transB") node.transposed_weights = integer != 0;
    if (node.op == "Constant" && name == "value" && !node.outputs.empty())
      read_tensor(tensor, node.outputs[0]);
  }
  // The exporter's reference to an equal parameter of another module.
  if (node.op == "Identity" && node.inputs.size() == 1 && node.outputs.size() == 1)
    identities_.emplace_back(node.outputs[0], node.inputs[0]);
  if (nodes_.size() == kMaxNodes) {
    throw Error(ErrorCode::limit_exceeded, where, " has more than ", kMaxNodes, " nodes");
  }
  nodes_.push_back(std::move(node));
}

void OnnxFile::read_tensor(std::string_view bytes, std::string_view name_of_constant) {
  OnnxTensor tensor = parse_onnx_tensor(bytes, file_.path().string());
  if (!name_of_constant.empty()) tensor.name = name_of_constant;
  checked_name(tensor.name);
  const std::string what = "tensor '" + printable(tensor.name, 80) + "'";
  if (tensor.dtype.empty()) return;  // shapes and positions
  if (initializers_.size() + integers_.size() == kMaxTensors) {
    throw Error(ErrorCode::limit_exceeded, "'", file_.path().string(), "' has more than ",
                kMaxTensors, " tensors");
  }
  const auto data = tensor.is_external ? external_bytes(external_file(tensor.text_of("location")),
                                                        tensor, file_.path().string())
                                       : own_bytes(tensor, file_.path().string());
  bool is_new = false;
  if (is_float_type(tensor.dtype)) {
    const TensorEntry entry{
        .dtype = tensor.dtype, .shape = tensor.shape, .bytes = data, .strides = {}};
    is_new = initializers_.emplace(tensor.name, entry).second;
  } else {
    OnnxIntegers integers{tensor.dtype == "I8", tensor.shape, data, std::move(tensor.typed)};
    is_new = integers_.emplace(tensor.name, std::move(integers)).second;
  }
  if (!is_new) fail(what + " appears twice");
}

const MappedFile& OnnxFile::external_file(std::string_view location) {
  const auto known = external_.find(location);
  if (known != external_.end()) return *known->second;
  const fs::path name = location;
  // The system would take a NUL as the end of the name.
  if (name.empty() || name.filename() != name || name == "." || name == ".." ||
      location.find('\0') != location.npos) {
    fail("it refers to the file '" + printable(location, 80) +
         "', which is not a name in the same folder");
  }
  if (external_.size() == kMaxExternalFiles) {
    throw Error(ErrorCode::limit_exceeded, "'", file_.path().string(), "' refers to more than ",
                kMaxExternalFiles, " other files");
  }
  auto opened = std::make_unique<MappedFile>(file_.path().parent_path() / name);
  // Links are other names of the same file.
  const auto is_opened = [&](const MappedFile& other) {
    return other.identity() == opened->identity();
  };
  const auto same =
      std::ranges::find_if(mapped_, [&](const auto& other) { return is_opened(*other); });
  const MappedFile* file = nullptr;
  if (is_opened(file_)) {
    file = &file_;
  } else if (same != mapped_.end()) {
    file = same->get();
  } else {
    file = mapped_.emplace_back(std::move(opened)).get();
  }
  return *external_.emplace(location, file).first->second;
}

// In the order of their locations: the digest of a checkpoint depends on it.
void OnnxFile::list_files() {
  for (const auto& [location, file] : external_) {
    if (std::ranges::find(files_, file) == files_.end()) files_.push_back(file);
  }
  for (const MappedFile* file : files_) file_bytes_ += file->bytes().size();
}

bool OnnxFile::add(const std::string& name, const TensorEntry& entry) {
  if (!entries_.emplace(name, entry).second) return false;
  entry_bytes_ += entry.bytes.size();
  if (entry_bytes_ / kMaxOverlap > file_bytes_) {
    throw Error(ErrorCode::limit_exceeded, "'", file_.path().string(), "' has ", entries_.size(),
                " tensors that share the same bytes more than ", kMaxOverlap, " times");
  }
  return true;
}

const TensorEntry* OnnxFile::initializer(std::string_view name) const {
  const auto found = initializers_.find(name);
  return found == initializers_.end() ? nullptr : &found->second;
}

}  // namespace sightline

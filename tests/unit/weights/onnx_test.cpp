// The ONNX reader: messages built by hand, correct and hostile.
#include "weights/onnx.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <numeric>

#include "expect_error.h"
#include "unit/data/temporary_folder.h"
#include "weights/checkpoint.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

// Builds a message of Protocol Buffers.
class Message {
 public:
  Message& number(uint32_t field, uint64_t value) {
    varint(uint64_t{field} << 3);
    varint(value);
    return *this;
  }
  Message& bytes(uint32_t field, const std::string& content) {
    varint(uint64_t{field} << 3 | 2);
    varint(content.size());
    text_ += content;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  void varint(uint64_t value) {
    for (; value >= 128; value >>= 7) text_ += static_cast<char>(value | 128);
    text_ += static_cast<char>(value);
  }
  std::string text_;
};

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

constexpr uint32_t kFloat = 1, kHalf = 10, kRaw = 9, kFloatData = 4;

Message tensor(const std::string& name, const std::vector<uint64_t>& dims, uint64_t type = kFloat) {
  Message message;
  for (const uint64_t dim : dims) message.number(1, dim);
  message.number(2, type).bytes(8, name);
  return message;
}

Message node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs,
             const std::string& output) {
  Message message;
  for (const std::string& input : inputs) message.bytes(1, input);
  message.bytes(2, output).bytes(3, name).bytes(4, op);
  return message;
}

// A model of tensors and nodes.
std::string model(const std::vector<Message>& tensors, const std::vector<Message>& nodes = {}) {
  Message graph, all;
  for (const Message& item : nodes) graph.bytes(1, item.text());
  for (const Message& item : tensors) graph.bytes(5, item.text());
  return all.number(1, 8).bytes(7, graph.text()).text();
}

class Onnx : public ::testing::Test {
 protected:
  void refuse(const std::string& content, const std::string& part,
              ErrorCode code = ErrorCode::invalid_data) {
    const fs::path path = folder_.write("x.onnx", content);
    expect_error(code, part, [&] { OnnxFile file(path); });
  }
  testing::TemporaryFolder folder_;
};

const Message kWeights = tensor("onnx::MatMul_7", {2, 3}).bytes(kRaw, floats({1, 2, 3, 4, 5, 6}));

TEST_F(Onnx, NamesWeightsByTheirBiasOrTheirNode) {
  const auto path = folder_.write(
      "x.bin",
      model({kWeights, tensor("onnx::MatMul_8", {2, 2}).bytes(kFloatData, floats({1, 2, 3, 4})),
             tensor("a.in_proj_bias", {3}).bytes(kRaw, floats({0, 0, 1})),
             tensor("unused.weight", {1}).bytes(kRaw, floats({1})),
             tensor("shape", {2}, 7).bytes(kRaw, std::string(16, '\0'))},
            {node("MatMul", "MatMul_3", {"x", "onnx::MatMul_7"}, "y"),
             node("Add", "Add_4", {"a.in_proj_bias", "y"}, "z"),
             node("MatMul", "/b/c.0/MatMul", {"z", "onnx::MatMul_8"}, "out")}));
  const Checkpoint checkpoint(path);  // told apart by its first bytes
  std::string names;
  for (const auto& [name, entry] : checkpoint.entries()) names += name + " ";
  EXPECT_EQ(names, "a.in_proj_bias a.in_proj_weight b.c.0.weight ");
  const Tensor weight = checkpoint.load("a.in_proj_weight", {3, 2});
  EXPECT_EQ(std::vector<float>(weight.data<float>(), weight.data<float>() + 6),
            (std::vector<float>{1, 4, 2, 5, 3, 6}));
  const Tensor rows = checkpoint.load_rows("a.in_proj_weight", {3, 2}, 1, 2);
  EXPECT_EQ(std::vector<float>(rows.data<float>(), rows.data<float>() + 4),
            (std::vector<float>{2, 5, 3, 6}));
}

TEST_F(Onnx, ParametersThatEqualOthersAreNamedByTheirNodes) {
  const OnnxFile file(folder_.write(
      "x.onnx", model({tensor("a.0.bias", {2}).bytes(kRaw, floats({3, 4}))},
                      {node("Identity", "Identity_1", {"a.0.bias"}, "a.1.bias"),
                       node("Add", "/a.1/Add", {"a.1.bias", "x"}, "y"),
                       node("Add", "/a.0/Add", {"a.0.bias", "y"}, "z"),
                       node("LayerNormalization", "/n/L", {"x", "a.0.bias", "a.0.bias"}, "w")})));
  for (const char* name : {"a.0.bias", "a.1.bias", "n.weight", "n.bias"})
    EXPECT_TRUE(file.entries().contains(name)) << name;
}

TEST_F(Onnx, Messages) {
  refuse("", "it has no graph");
  refuse(model({}).substr(0, 3), "the end of the data within a field");
  refuse(Message().number(1, 8).text(), "it has no graph");
  refuse(model({}) + model({}), "it has two graphs");
  refuse(std::string("\x08\x08\x3b", 3), "a field of unknown type 3");
  refuse("\x08" + std::string(11, '\xff'), "a number of more than ten bytes");
  refuse(Message().number(1, 8).bytes(7, Message().bytes(15, "").text()).text(), "sparse weights",
         ErrorCode::unsupported);
}

TEST_F(Onnx, Tensors) {
  const std::string raw = floats({1, 2, 3, 4, 5, 6});
  refuse(model({tensor("a", {2, 4}).bytes(kRaw, raw)}),
         "has 24 bytes, but its shape (2, 4) of F32 needs 32");
  refuse(model({tensor("a", {6}, kHalf).bytes(kRaw, raw)}), "of F16 needs 12");
  refuse(model({tensor("a", {uint64_t{1} << 32, uint64_t{1} << 32}).bytes(kRaw, raw)}),
         "the size of tensor 'a' overflows");
  refuse(model({tensor("a", {0, uint64_t{1} << 62, 8}).bytes(kRaw, "")}),
         "the size of tensor 'a' overflows");
  refuse(model({tensor("a", {~uint64_t{0}}).bytes(kRaw, raw)}), "the size of tensor 'a' overflows");
  refuse(model({tensor("a", std::vector<uint64_t>(17, 1)).bytes(kRaw, floats({1}))}),
         "more than 16 dimensions");
  refuse(model({kWeights, kWeights}), "'onnx::MatMul_7' appears twice");
  refuse(model({kWeights}, {node("Identity", "", {"onnx::MatMul_7"}, "onnx::MatMul_7")}),
         "appears twice");
  refuse(model({tensor("a", {2}).bytes(kFloatData, floats({1})).bytes(kFloatData, floats({2}))}),
         "is stored number by number", ErrorCode::unsupported);
  refuse(model({tensor("a", {2}, kHalf).number(5, 1).number(5, 2)}),
         "of type F16 is stored number by number", ErrorCode::unsupported);
  refuse(model({}, {node("MatMulNBits", "", {"x"}, "y")}), "quantized weights (MatMulNBits)",
         ErrorCode::unsupported);
}

TEST_F(Onnx, QuantizedWeights) {
  const auto with = [](const Message& weights, const Message& scale, const Message& zero) {
    return model({weights, scale, zero},
                 {node("MatMulInteger", "/a/MatMul_quant",
                       {"x_quantized", "w_quantized", "x_zero_point", "w_zero_point"}, "y")});
  };
  const Message weights = tensor("w_quantized", {2, 3}, 3).bytes(kRaw, "\x01\x02\x03\xfc\x05\x06");
  const Message scales = tensor("w_scale", {3}).bytes(kRaw, floats({1, 0.5f, 2}));
  const Message zeros =
      tensor("w_zero_point", {3}, 3).number(5, 0).number(5, 2).number(5, ~uint64_t{0});
  const Checkpoint checkpoint(folder_.write("x.onnx", with(weights, scales, zeros)));
  const Tensor read = checkpoint.load("a.weight", {3, 2});
  EXPECT_EQ(std::vector<float>(read.data<float>(), read.data<float>() + 6),
            (std::vector<float>{1, -4, 0, 1.5f, 8, 14}));
  const auto unsupported = [&](const std::string& content) {
    refuse(content, "expected the file in full or half precision", ErrorCode::unsupported);
  };
  unsupported(with(weights, tensor("w_scale", {2}).bytes(kRaw, floats({1, 2})), zeros));
  unsupported(with(weights, scales, tensor("w_zero_point", {1}, 3).number(5, 0)));
  unsupported(with(weights, tensor("other", {}).bytes(kRaw, floats({1})), zeros));
  unsupported(with(tensor("w_quantized", {}, 3).bytes(kRaw, "a"),
                   tensor("w_scale", {}).bytes(kRaw, floats({1})), zeros));
  unsupported(model({weights}, {node("MatMulInteger", "", {"x", "v"}, "y")}));
}

TEST_F(Onnx, ManyTensors) {
  Message graph;
  const auto add = [&](const Message& message) { graph.bytes(5, message.text()); };
  // With a pass over all weights for each of them, this takes minutes.
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = std::to_string(i);
    add(tensor(name + "_quantized", {1}, 3).bytes(kRaw, "a"));
    add(tensor(name + "_scale", {}).bytes(kRaw, floats({1})));
  }
  const auto start = std::chrono::steady_clock::now();
  const OnnxFile file(
      folder_.write("many.onnx", Message().number(1, 8).bytes(7, graph.text()).text()));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_NE(file.initializer("99999"), nullptr);
  add(tensor("another", {1}).bytes(kRaw, floats({1})));
  refuse(Message().number(1, 8).bytes(7, graph.text()).text(), "more than 200000 tensors",
         ErrorCode::limit_exceeded);
}

TEST_F(Onnx, LongNames) {
  const std::string longest(1024, 'a'), longer(1025, 'a');
  const auto bias = [](const std::string& name) {
    return tensor(name, {2}).bytes(kRaw, floats({1, 2}));
  };
  const OnnxFile file(folder_.write(
      "x.onnx", model({bias(longest)}, {node("Add", longest, {longest, "x"}, longest)})));
  EXPECT_NE(file.initializer(longest), nullptr);
  refuse(model({bias(longer)}), "name of 1025 bytes, expected at most 1024");
  refuse(model({}, {node("Add", longer, {"x", "y"}, "z")}), "name of 1025 bytes");
  refuse(model({bias("a")}, {node("Identity", "", {"a"}, longer)}), "name of 1025 bytes");
}

TEST_F(Onnx, NodesWithManyInputs) {
  const auto bias = [](const std::string& name) {
    return tensor(name, {2}).bytes(kRaw, floats({1, 2}));
  };
  std::vector<Message> tensors = {bias("1"), bias("2")};
  std::vector<std::string> inputs;
  for (int i = 0; i < 65; ++i) {
    inputs.push_back("a." + std::to_string(i));
    tensors.push_back(bias(inputs.back()));
  }
  const OnnxFile file(folder_.write(
      "x.onnx",
      model(tensors,
            {node("Concat", "/c/Concat", inputs, "y"), node("Add", "/m/Add", {"x", "1"}, "y"),
             node("Add", "/n/Add", {"x", "y", "1"}, "y"), node("Mul", "/o/Mul", {"2"}, "y")})));
  EXPECT_TRUE(file.entries().contains("a.63"));
  EXPECT_FALSE(file.entries().contains("a.64"));
  EXPECT_TRUE(file.entries().contains("m.bias"));
  // Operations of two inputs.
  EXPECT_FALSE(file.entries().contains("n.bias"));
  EXPECT_FALSE(file.entries().contains("o.weight"));
}

// A field of a tensor's external data.
std::string external(const std::string& key, const std::string& value) {
  return Message().bytes(1, key).bytes(2, value).text();
}

TEST_F(Onnx, EntriesThatShareBytes) {
  constexpr uint64_t kSide = 128;
  const auto whole = tensor("7", {kSide, kSide}).bytes(kRaw, std::string(4 * kSide * kSide, '\0'));
  const auto with_nodes = [&](int count) {
    std::vector<Message> nodes;
    for (int i = 0; i < count; ++i)
      nodes.push_back(node("MatMul", "/m." + std::to_string(i) + "/MatMul", {"x", "7"}, "y"));
    return model({whole}, nodes);
  };
  const OnnxFile file(folder_.write("few.onnx", with_nodes(16)));
  EXPECT_EQ(file.entries().size(), 16u);
  // Each is transposed.
  refuse(with_nodes(20), "tensors that share the same bytes more than 16 times",
         ErrorCode::limit_exceeded);

  folder_.write("data", std::string(4 * kSide * kSide, '\0'));
  std::vector<Message> tensors, nodes;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "a." + std::to_string(i);
    tensors.push_back(tensor(name, {kSide, kSide}).number(14, 1));
    tensors.back().bytes(13, external("location", "data"));
    nodes.push_back(node("Gather", "", {name, "x"}, "y"));
  }
  refuse(model(tensors, nodes), "more than 16 times", ErrorCode::limit_exceeded);
}

TEST_F(Onnx, QuantizedWeightsThatShareBytes) {
  constexpr uint64_t kOutputs = 1024;
  folder_.write("data", std::string(4 * kOutputs, '\0'));
  const auto at_data = [](Message message) {
    return message.number(14, 1).bytes(13, external("location", "data"));
  };
  for (const uint64_t rows : {0, 4}) {
    std::vector<Message> tensors;
    for (const char* name : {"a", "b", "c"}) {
      tensors.push_back(at_data(tensor(name + std::string("_quantized"), {rows, kOutputs}, 3)));
      tensors.push_back(at_data(tensor(name + std::string("_scale"), {kOutputs})));
    }
    refuse(model(tensors), "has quantized weights that share bytes", ErrorCode::limit_exceeded);
  }
}

// The memory of this process that is the file's, in KiB.
int64_t resident_kib(const fs::path& path) {
  std::ifstream maps("/proc/self/smaps");
  int64_t sum = 0;
  bool counts = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" rw-p ") != line.npos || line.find(" r--") != line.npos)
      counts = line.ends_with(path.string());
    if (counts && line.starts_with("Rss:")) sum += std::stoll(line.substr(4));
  }
  return sum;
}

TEST_F(Onnx, PagesOfExternalDataAreReleased) {
  constexpr int64_t kCount = 1 << 18;
  const fs::path data = folder_.write("data", std::string(4 * kCount, '\0'));
  Message weights = tensor("a.weight", {kCount});
  weights.number(14, 1).bytes(13, external("location", "data"));
  const Checkpoint checkpoint(
      folder_.write("x.onnx", model({weights}, {node("Conv", "", {"x", "a.weight"}, "y")})));
  {
    const Tensor tensor = checkpoint.load("a.weight", {kCount});
    EXPECT_EQ(std::accumulate(tensor.data<float>(), tensor.data<float>() + kCount, 0.0f), 0);
    EXPECT_GE(resident_kib(data), 1024);
  }
  EXPECT_LT(resident_kib(data), 1024);
}

TEST_F(Onnx, ExternalFilesAreCountedOnce) {
  const auto at = [](const std::string& name, const std::string& location) {
    Message message = tensor(name, {2});
    return message.number(14, 1).bytes(13, external("location", location));
  };
  const fs::path data = folder_.write("data", floats({1, 2}));
  fs::create_symlink("data", folder_.path() / "link");
  fs::create_hard_link(data, folder_.path() / "hard");
  fs::create_symlink("x.onnx", folder_.path() / "model");
  const OnnxFile file(folder_.write(
      "x.onnx", model({at("a", "data"), at("b", "link"), at("c", "hard"), at("d", "model")})));
  EXPECT_EQ(file.files().size(), 2u);
  refuse(model({at("a", std::string("data\0x", 6))}), "which is not a name in the same folder");
}

TEST_F(Onnx, ExternalData) {
  const auto with = [](const std::string& location, const std::string& offset,
                       const std::string& length) {
    Message message = tensor("a.weight", {2});
    message.number(14, 1).bytes(13, external("location", location));
    if (!offset.empty()) message.bytes(13, external("offset", offset));
    if (!length.empty()) message.bytes(13, external("length", length));
    return model({message}, {node("Conv", "", {"x", "a.weight"}, "y")});
  };
  folder_.write("data", floats({1, 2, 3}));
  const Checkpoint checkpoint(folder_.write("x.onnx", with("data", "4", "8")));
  EXPECT_EQ(checkpoint.load("a.weight", {2}).data<float>()[1], 3);
  EXPECT_EQ(checkpoint.files().size(), 2u);
  refuse(with("data", "8", "8"), "claims 8 bytes at 8 of 'data', which has 12");
  refuse(with("data", "18446744073709551615", ""), "claims 8 bytes at 18446744073709551615");
  refuse(with("data", "-4", ""), "has the offset '-4'");
  refuse(with("data", "", "4"), "claims 4 bytes");
  refuse(with("other", "", ""), "other", ErrorCode::not_found);
  for (const char* path : {"../data", "/etc/passwd", "", "..", "."})
    refuse(with(path, "", ""), "which is not a name in the same folder");
}

}  // namespace
}  // namespace sightline

// The spec of a pair, and PyTorch's untrained linear layer bit for bit (tests/golden/pair, made by
// tools/golden/torch_linear.py).
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "models/pair_spec.h"
#include "models/untrained_linear.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

std::string hash_of(const Tensor& tensor) {
  return to_hex(sha256({static_cast<const uint8_t*>(tensor.raw()), tensor.bytes()}));
}

TEST(UntrainedLinear, EqualsPyTorchBitForBit) {
  std::ifstream file(fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/pair/linear.json");
  const auto cases = nlohmann::json::parse(file);
  ASSERT_GE(cases.size(), 8u);
  for (const auto& c : cases) {
    const UntrainedLinear layer = untrained_linear(c["in"], c["out"], c["seed"].get<uint64_t>());
    EXPECT_EQ(layer.weight.shape(), (Shape{c["out"], c["in"]}));
    EXPECT_EQ(hash_of(layer.weight), c["weight_sha256"]) << c["in"] << " " << c["seed"];
    EXPECT_EQ(hash_of(layer.bias), c["bias_sha256"]) << c["in"] << " " << c["seed"];
    if (!c.contains("weight")) continue;
    for (int64_t i = 0; i < layer.weight.count(); ++i)
      EXPECT_EQ(layer.weight.data<float>()[i], c["weight"][static_cast<size_t>(i)].get<float>());
  }
}

std::string refusal(const std::string& spec) {
  try {
    parse_pair_spec(spec);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "";
}

TEST(PairSpec, Parts) {
  const auto pair = parse_pair_spec("text=a/bert,image=b/resnet.pth,seed=18446744073709551615");
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->text, "a/bert");
  EXPECT_EQ(pair->image, "b/resnet.pth");
  EXPECT_EQ(pair->seed, ~uint64_t{0});
  EXPECT_EQ(pair->projection, PairProjection::linear);  // a seed asks for the layer
  const auto other = parse_pair_spec("image=b,projection=none,text=a, b=c,d");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->text, "a, b=c,d");  // commas before no key belong to the path
  EXPECT_EQ(other->seed, 0u);
  EXPECT_EQ(other->projection, PairProjection::none);
  EXPECT_EQ(parse_pair_spec("text=a,image=b")->projection, PairProjection::automatic);
  EXPECT_EQ(parse_pair_spec("text=a,image=b,seed=1,projection=auto")->projection,
            PairProjection::automatic);
  EXPECT_FALSE(parse_pair_spec("models/emoji-bert"));
  EXPECT_FALSE(parse_pair_spec(""));
}

TEST(PairSpec, Refusals) {
  EXPECT_NE(refusal("text=a").find("has no image"), std::string::npos);
  EXPECT_NE(refusal("seed=1,image=a").find("has no text"), std::string::npos);
  EXPECT_NE(refusal("text=a,text=b,image=c").find("text twice"), std::string::npos);
  EXPECT_NE(refusal("text=a,image=b,seed=-1").find("seed '-1'"), std::string::npos);
  EXPECT_NE(refusal("text=a,image=b,seed=").find("seed ''"), std::string::npos);
  EXPECT_NE(refusal("text=a,image=b,seed=18446744073709551616").find("seed"), std::string::npos);
  EXPECT_NE(refusal("text=a,image=b,projection=maybe").find("'maybe'"), std::string::npos);
}

TEST(PairSpec, File) {
  const fs::path folder = fs::temp_directory_path() / ("sl_pair_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const auto read = [&](const std::string& content) {
    std::ofstream(folder / kPairFile) << content;
    return read_pair_file(folder);
  };
  const PairSpec pair = read(R"({"format": 1, "text": "../emoji-bert", "image": "/r", "seed": 5})");
  EXPECT_EQ(pair.text, folder.parent_path() / "emoji-bert");
  EXPECT_EQ(pair.image, "/r");
  EXPECT_EQ(pair.seed, 5u);
  EXPECT_EQ(pair.projection, PairProjection::linear);
  EXPECT_EQ(read(R"({"format": 1, "text": "a", "image": "b", "projection": "none"})").projection,
            PairProjection::none);
  EXPECT_EQ(read(R"({"format": 1, "text": "a", "image": "b"})").projection,
            PairProjection::automatic);
  const std::string digest(64, 'a');
  const PairSpec origin =
      read(R"({"format": 1, "text": "a", "image": "b", "text_model": {"name": "n",
      "command": "c", "digest": ")" +
           digest + R"("}})");
  ASSERT_TRUE(origin.text_model);
  EXPECT_EQ(origin.text_model->name, "n");
  EXPECT_EQ(origin.text_model->command, "c");
  EXPECT_EQ(origin.text_model->digest, digest);
  for (const char* wrong :
       {"[]", "{}", R"({"format": 2, "text": "a", "image": "b"})", R"({"format": 1, "text": "a"})",
        R"({"format": 1, "text": 1, "image": "b"})",
        R"({"format": 1, "text": "a", "image": "b", "seed": -1})",
        R"({"format": 1, "text": "a", "image": "b", "seed": 1.5})",
        R"({"format": 1, "text": "a", "image": "b", "projection": 1})",
        R"({"format": 1, "text": "a", "image": "b", "text_model": "c"})",
        R"({"format": 1, "text": "a", "image": "b", "text_model": {"digest": "12"}})",
        R"({"format": 1, "text": "a", "image": "b", "text_model": {"url": "c"}})",
        R"({"format": 1, "text": "a", "image": "b", "sed": 1})", "{"}) {
    EXPECT_THROW(read(wrong), Error) << wrong;
  }
  EXPECT_TRUE(find_pair("text=a,image=b"));
  EXPECT_FALSE(find_pair(folder.parent_path()));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace sightline

// NaN and infinity in weights, in vectors that a model computes, and in vectors that are read.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "e2e/fixture.h"
#include "e2e/process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Replaces a tensor of a safetensors file by one of f32 with these values at the begin, else zeros.
void replace_tensor(const fs::path& file, const std::string& name, float value, size_t count) {
  const std::string old = read_bytes(file);
  uint64_t size;
  std::memcpy(&size, old.data(), 8);
  nlohmann::json header = parse_json(old.substr(8, size));
  std::string data;
  for (auto& [key, entry] : header.items()) {
    if (key == "__metadata__") continue;
    const size_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
    std::string bytes = old.substr(8 + size + begin, end - begin);
    if (key == name) {
      size_t elements = 1;
      for (const size_t extent : entry["shape"]) elements *= extent;
      bytes.assign(4 * elements, '\0');
      for (size_t i = 0; i < std::min(count, elements); ++i)
        std::memcpy(bytes.data() + 4 * i, &value, 4);
      entry["dtype"] = "F32";
    }
    entry["data_offsets"] = {data.size(), data.size() + bytes.size()};
    data += bytes;
  }
  const std::string text = header.dump();
  std::string content(8, '\0');
  size = text.size();
  std::memcpy(content.data(), &size, 8);
  write_bytes(file, content + text + data);
}

// A .npy file of two rows of 256 elements; element 5 of row 1 is `value`.
void write_vectors(const fs::path& file, float value) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 256), }";
  header.append(128 - 10 - header.size() - 1, ' ');
  std::vector<float> values(512, 0.1f);
  values[256 + 5] = value;
  std::string content = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  content.append(reinterpret_cast<const char*>(values.data()), 4 * values.size());
  write_bytes(file, content);
  write_bytes(fs::path(file).replace_extension(".ids.jsonl"), "{\"id\": \"a\"}\n{\"id\": \"b\"}\n");
}

class Finite : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path source = fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8";
    if (!fs::exists(source / "config.json")) GTEST_SKIP() << "models/emoji-vit-8 is missing";
    folder_ = fresh_folder("finite");
    fs::create_directories(model_ = folder_ / "model");
    for (const auto& entry : fs::directory_iterator(source)) {
      if (entry.is_regular_file()) fs::copy(entry.path(), model_ / entry.path().filename());
    }
    fs::create_directories(folder_ / "images");
    write_bytes(folder_ / "images/one.bmp", bmp_image(1));
    write_bytes(folder_ / "images/two.bmp", bmp_image(2));
    write_bytes(folder_ / "texts.txt", "a red heart\n");
    dataset_ = write_small_dataset("finite_data");
  }

  Finished run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--model", model_});
    return sightline(arguments);
  }
  std::vector<std::vector<std::string>> commands() const {
    return {{"encode", "--images", folder_ / "images", "--out", folder_ / "out.npy"},
            {"encode", "--texts", folder_ / "texts.txt", "--out", folder_ / "out.npy"},
            {"search", "--dataset", dataset_, "a red heart"},
            {"eval", "--dataset", dataset_, "--out", folder_ / "report"}};
  }

  fs::path folder_, model_, dataset_;
};

TEST_F(Finite, WeightsWithNanAreRejectedByName) {
  replace_tensor(model_ / "model.safetensors", "visual_projection.weight", kNan, 1);
  std::vector<std::vector<std::string>> all = commands();
  for (std::vector<std::string> command : commands()) {
    command.insert(command.end(), {"--precision", "bf16"});
    all.push_back(command);
  }
  for (const auto& command : all) {
    const Finished done = run(command);
    EXPECT_EQ(done.exit_code, 1) << done.out << done.err;
    EXPECT_NE(done.err.find("tensor 'visual_projection.weight' of shape (256, "), std::string::npos)
        << done.err;
    EXPECT_NE(done.err.find("has NaN or infinity at (0, 0)"), std::string::npos) << done.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "out.npy"));
  EXPECT_EQ(sightline({"models", model_}).exit_code, 3);  // a list without this model
}

// Finite weights whose products are not.
TEST_F(Finite, VectorsThatOverflowAreRejectedByName) {
  for (const char* name : {"visual_projection.weight", "text_projection.weight"})
    replace_tensor(model_ / "model.safetensors", name, 3e38f, 1 << 20);
  const Finished images = run(commands()[0]);
  EXPECT_NE(images.exit_code, 0);
  EXPECT_NE(images.err.find("one.bmp': its vector has NaN or infinity"), std::string::npos)
      << images.err;
  const Finished texts = run(commands()[1]);
  EXPECT_EQ(texts.exit_code, 1);
  EXPECT_NE(texts.err.find("the text 'a red heart': its vector has NaN or infinity"),
            std::string::npos)
      << texts.err;
  for (size_t i = 2; i < 4; ++i) {
    const Finished done = run(commands()[i]);
    EXPECT_NE(done.exit_code, 0) << done.out;
    EXPECT_NE(done.err.find("has NaN or infinity"), std::string::npos) << done.err;
  }
}

TEST_F(Finite, VectorSetsAreRejectedByRow) {
  const fs::path vectors = folder_ / "v.npy";
  for (const float bad : {kNan, std::numeric_limits<float>::infinity()}) {
    write_vectors(vectors, bad);
    for (const Finished& done :
         {run({"search", "--vectors", vectors, "a red heart"}), sightline({"quantize", vectors})}) {
      EXPECT_EQ(done.exit_code, 1) << done.out;
      EXPECT_NE(done.err.find("row 1"), std::string::npos) << done.err;
    }
  }
  // A vector file that was quantized and changed afterwards.
  write_vectors(vectors, std::numeric_limits<float>::max());  // finite, so legal
  ASSERT_EQ(sightline({"quantize", vectors}).exit_code, 0);
  write_vectors(vectors, kNan);
  const Finished done = run({"search", "--vectors", vectors, "a red heart"});
  EXPECT_EQ(done.exit_code, 1) << done.out;
  EXPECT_NE(done.err.find("row 1"), std::string::npos) << done.err;
}

}  // namespace
}  // namespace sightline::testing

// Models written with other weights in the layout that they were read in.
#include "train/fine_tune/layout_writer.h"

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/model.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "expect_error.h"
#include "models/towers.h"
#include "ops/ops.h"
#include "unit/data/temporary_folder.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

// Records what the towers ask for.
class Recorder : public ParameterSource {
 public:
  explicit Recorder(std::unique_ptr<ParameterSource> from) : from_(std::move(from)) {}
  Tensor take(const std::string& name, const Shape& shape) override {
    asked[name] = shape;
    return from_->take(name, shape);
  }
  void check(const std::string& name, const Shape& shape) override {
    asked[name] = shape;
    from_->check(name, shape);
  }
  FileTensor locate(const std::string& name, const Shape& shape) const override {
    return from_->locate(name, shape);
  }

  std::map<std::string, Shape> asked;

 private:
  std::unique_ptr<ParameterSource> from_;
};

struct Opened {
  explicit Opened(const fs::path& path) : source(open_model(path)) {
    auto own = std::make_unique<Recorder>(std::move(source.parameters));
    recorder = own.get();
    source.parameters = std::move(own);
    const auto ops = create_ops(Backend::cpu);
    ModelOptions shapes;
    shapes.load_image_tower = shapes.load_text_tower = false;
    load_towers(source, *ops, shapes);
  }

  // As a backend has it: BERT's positions with the first segment type.
  std::map<std::string, Tensor> weights() const {
    std::map<std::string, Tensor> all;
    for (const auto& [name, shape] : std::map(recorder->asked)) {
      const Tensor file = recorder->take(name, shape);
      Tensor copy(shape, DType::f32);
      std::copy_n(file.data<float>(), file.count(), copy.data<float>());
      all.emplace(name, copy);
    }
    const auto types = all.find("embeddings.token_type_embeddings.weight");
    if (types == all.end()) return all;
    Tensor& positions = all.at("embeddings.position_embeddings.weight");
    for (int64_t i = 0; i < positions.count(); ++i)
      positions.data<float>()[i] += types->second.data<float>()[i % positions.dim(1)];
    all.erase(types);
    return all;
  }

  ModelSource source;
  Recorder* recorder;
};

std::string bytes_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class LayoutWriter : public ::testing::TestWithParam<const char*> {
 protected:
  static fs::path model() { return fs::path(SIGHTLINE_SOURCE_DIR) / GetParam(); }
};

TEST_P(LayoutWriter, UnchangedWeightsKeepTheirBytes) {
  const TemporaryFolder folder;
  const Opened before(model());
  TowerTensors tensors;
  for (const auto& [name, tensor] : before.weights()) tensors.text.push_back({name, tensor});
  const auto written = write_in_layout(before.source, tensors, folder.path() / "out");
  for (const fs::path& name : written)
    EXPECT_TRUE(fs::is_regular_file(folder.path() / "out" / name));
  const Opened after(folder.path() / "out");
  for (const auto& [name, entry] : before.source.checkpoint->entries()) {
    const TensorEntry* const now = after.source.checkpoint->find(name);
    if (before.source.layout == "openai" && entry->dtype == "I64") {
      EXPECT_EQ(now, nullptr) << name;
      continue;
    }
    ASSERT_NE(now, nullptr) << name;
    EXPECT_EQ(now->dtype, entry->dtype) << name;
    EXPECT_EQ(now->shape, entry->shape) << name;
    if (!is_float_type(entry->dtype)) continue;
    const Tensor a = to_host_f32(*entry), b = to_host_f32(*now);
    EXPECT_TRUE(std::equal(a.data<float>(), a.data<float>() + a.count(), b.data<float>())) << name;
  }
  for (const fs::path& name : written) {
    if (name.extension() == ".safetensors" && fs::exists(model() / name)) {
      EXPECT_EQ(bytes_of(model() / name), bytes_of(folder.path() / "out" / name)) << name;
    }
  }
}

TEST_P(LayoutWriter, ChangedWeightsAreReadBack) {
  const TemporaryFolder folder;
  const Opened before(model());
  std::map<std::string, Tensor> changed = before.weights();
  TowerTensors tensors;
  for (auto& [name, tensor] : changed) {
    for (int64_t i = 0; i < tensor.count(); ++i)
      tensor.data<float>()[i] += static_cast<float>(i % 5) * 0.25F + 0.25F;
    tensors.image.push_back({name, tensor});
  }
  write_in_layout(before.source, tensors, folder.path() / "out");
  const Opened after(folder.path() / "out");
  const std::map<std::string, Tensor> found = after.weights();
  EXPECT_EQ(found.size(), changed.size());
  for (const auto& [name, tensor] : changed) {
    ASSERT_TRUE(found.contains(name)) << name;
    const Tensor& now = found.at(name);
    const FileTensor place = before.source.parameters->locate(name, tensor.shape());
    const bool half = before.source.checkpoint->find(place.name)->dtype == "F16";
    for (int64_t i = 0; i < tensor.count(); ++i) {
      const float expected = tensor.data<float>()[i];
      ASSERT_NEAR(now.data<float>()[i], expected, (half ? 1e-3 : 1e-6) * (1 + std::abs(expected)))
          << name << " element " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, LayoutWriter,
    ::testing::Values(
        "tests/golden/clip_formats/huggingface", "tests/golden/clip_formats/huggingface_bin",
        "tests/golden/clip_formats/open_clip", "tests/golden/clip_formats/open_clip_bin",
        "tests/golden/clip_formats/openai", "tests/golden/clip_resnet/small",
        "tests/golden/transformers5/bert", "tests/golden/transformers5/clip_text",
        "tests/golden/transformers5/clip_vision_projection",
        "tests/golden/transformers5/distilbert", "tests/golden/sentence_transformers/mean",
        "tests/golden/bert/old_names", "tests/golden/mobilenet_v2/even", "tests/golden/resnet/even",
        "models/emoji-vit-8", "models/emoji-rn", "models/emoji-resnet"),
    [](const auto& test) {
      std::string name;
      for (const char c : std::string(test.param)) name += std::isalnum(c) ? c : '_';
      return name;
    });

// --- other files of weights ----------------------------------------------------------------------

const fs::path kPlain = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/clip_formats/huggingface";

// The plain model in shards of alternate tensors, of type BF16: the upper halves of f32.
void write_shards(const fs::path& to) {
  fs::create_directories(to);
  fs::copy(kPlain / "config.json", to / "config.json");
  const SafetensorsFile file(kPlain / "model.safetensors");
  std::map<std::string, std::vector<uint8_t>> bytes;
  std::vector<StoredTensor> shards[2];
  std::string index;
  for (const auto& [name, entry] : file.entries()) {
    auto& halves = bytes[name];
    const Tensor values = to_host_f32(entry);
    const auto* const all = reinterpret_cast<const uint8_t*>(values.data<float>());
    for (size_t i = 0; i < values.bytes(); i += 4)
      halves.insert(halves.end(), {all[i + 2], all[i + 3]});
    const size_t shard = bytes.size() % 2;
    shards[shard].push_back({name, "BF16", entry.shape, halves});
    index += (index.empty() ? "" : ", ") + ("\"" + name + "\": ") + "\"model-0000" +
             std::to_string(shard + 1) + "-of-00002.safetensors\"";
  }
  for (size_t i = 0; i < 2; ++i)
    write_safetensors(to / ("model-0000" + std::to_string(i + 1) + "-of-00002.safetensors"),
                      shards[i]);
  std::ofstream(to / "model.safetensors.index.json") << "{\"weight_map\": {" << index << "}}";
}

TEST(LayoutWriterFiles, ShardsAndTheirTypeStay) {
  const TemporaryFolder folder;
  const fs::path from = folder.path() / "from", out = folder.path() / "out";
  write_shards(from);
  const Opened before(from);
  const std::string name = "text_projection.weight";
  Tensor changed = before.weights().at(name);
  for (int64_t i = 0; i < changed.count(); ++i) changed.data<float>()[i] *= 1.7F;
  TowerTensors tensors;
  tensors.text.push_back({name, changed});
  write_in_layout(before.source, tensors, out);
  int differing = 0;
  for (const fs::path& file : fs::directory_iterator(from))
    differing += bytes_of(file) != bytes_of(out / file.filename()) ? 1 : 0;
  EXPECT_EQ(differing, 1);  // the shard with the tensor
  const Opened after(out);
  EXPECT_EQ(after.source.checkpoint->files().size(), 2U);
  EXPECT_EQ(after.source.checkpoint->find(name)->dtype, "BF16");
  const Tensor now = after.weights().at(name);
  for (int64_t i = 0; i < now.count(); ++i) {
    const float expected = changed.data<float>()[i];
    // Half a unit of the last of 8 bits: rounded to nearest, not down.
    EXPECT_LE(std::abs(now.data<float>()[i] - expected), std::abs(expected) * 0x1p-8F);
  }
}

TEST(LayoutWriterErrors, ATensorThatTheModelDoesNotHave) {
  const TemporaryFolder folder;
  const Opened model(fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/clip_formats/huggingface");
  TowerTensors tensors;
  tensors.text.push_back({"text_projection.weight", Tensor({1, 1}, DType::f32)});
  EXPECT_THROW(write_in_layout(model.source, tensors, folder.path() / "out"), Error);
}

TEST(LayoutWriterErrors, RefusesLayoutsThatAreNotWritten) {
  const fs::path golden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden";
  const auto refuse = [](const std::string& model, const std::string& part) {
    test::expect_error(ErrorCode::unsupported, part,
                       [&] { require_writable_layout(open_model(model)); });
  };
  refuse((golden / "gguf/q8_0.gguf").string(), "its layout gguf is read and not written");
  refuse((golden / "onnx/clip").string(), "its layout onnx is read and not written");
  refuse("text=" + (golden / "gguf/text.gguf").string() +
             ",image=" + (golden / "clip_formats/huggingface").string(),
         "text.gguf' cannot be fine-tuned");
  EXPECT_NO_THROW(require_writable_layout(open_model(golden / "clip_formats/openai")));
}

}  // namespace
}  // namespace sightline

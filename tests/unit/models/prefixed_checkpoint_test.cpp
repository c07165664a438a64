// Checkpoints of training programs (tests/golden/torch_files, from tools/golden/torch_files.py),
// and models inside other objects.
#include "models/prefixed_checkpoint.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <nlohmann/json.hpp>

#include "expect_error.h"
#include "unit/data/temporary_folder.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::expect_error;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/torch_files";

class TrainingCheckpoints : public ::testing::TestWithParam<const char*> {};

TEST_P(TrainingCheckpoints, HaveTheModelsTensors) {
  const json expected = json::parse(read_text_file(kGolden / "expected.json")).at(GetParam());
  const auto checkpoint = open_checkpoint(kGolden / GetParam());
  size_t floats = 0;
  for (const auto& [name, entry] : checkpoint->entries()) floats += is_float_type(entry->dtype);
  EXPECT_EQ(floats, expected.size());
  for (const auto& [name, tensor] : expected.items()) {
    const Tensor got = checkpoint->load(name, tensor["shape"].get<Shape>());
    const auto values = tensor["values"].get<std::vector<float>>();
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(got.data<float>()[i], values[i]) << name << " " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, TrainingCheckpoints,
                         ::testing::Values("openclip.pt", "lightning.ckpt", "lightning4.ckpt",
                                           "lightning_legacy.ckpt", "deepspeed.pt", "compiled.pt",
                                           "compiled_ddp.pt", "compiled_part.pt", "nested.pt",
                                           "attributes.pt", "swa.pt"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(TrainingCheckpoint, SeveralStateDictsAreAnError) {
  expect_error(ErrorCode::invalid_data,
               "ambiguous.pt' contains 2 state dicts, for example under 'generator' and "
               "'discriminator': save the one that is the model",
               [] { open_checkpoint(kGolden / "ambiguous.pt"); });
}

TEST(TrainingCheckpoint, PickledModulesAreAnError) {
  expect_error(ErrorCode::unsupported, "names 'torch.nn.modules.linear.Linear', which is not on",
               [] { open_checkpoint(kGolden / "object.pt"); });
}

class Prefixes : public ::testing::Test {
 protected:
  std::shared_ptr<const Checkpoint> open(const std::vector<std::string>& names) {
    std::vector<NamedTensor> tensors;
    for (const std::string& name : names) {
      Tensor tensor({1}, DType::f32);
      tensor.data<float>()[0] = 1;
      tensors.push_back({name, tensor});
    }
    const fs::path path = folder_.path() / "x.safetensors";
    write_safetensors(path, tensors, FloatStorage::f32);
    return open_checkpoint(path);
  }
  std::vector<std::string> names_of(const std::vector<std::string>& names) {
    const auto checkpoint = open(names);
    std::vector<std::string> found;
    for (const auto& [name, entry] : checkpoint->entries()) found.push_back(name);
    return found;
  }

  testing::TemporaryFolder folder_;
};

using Names = std::vector<std::string>;

TEST_F(Prefixes, OfWrappersAreRemoved) {
  EXPECT_EQ(names_of({"_orig_mod.a", "_orig_mod.b.c"}), (Names{"a", "b.c"}));
  EXPECT_EQ(names_of({"module._orig_mod.a", "module._orig_mod.b"}), (Names{"a", "b"}));
  EXPECT_EQ(names_of({"_orig_mod.module.a", "_orig_mod.module.b"}), (Names{"a", "b"}));
  EXPECT_EQ(names_of({"a._orig_mod.b", "_fsdp_wrapped_module.c._checkpoint_wrapped_module.d"}),
            (Names{"a.b", "c.d"}));
  EXPECT_EQ(names_of({"module.a", "b"}), (Names{"b", "module.a"}));  // an attribute's name
  EXPECT_EQ(names_of({"my_orig_mod.a"}), (Names{"my_orig_mod.a"}));
}

TEST_F(Prefixes, InFrontOfAKnownFamilyAreRemoved) {
  for (const std::string prefix : {"model.", "clip.", "net.clip_model.", "student."}) {
    for (const std::string name :
         {"visual.conv1.weight", "vision_model.embeddings.class_embedding",
          "text_model.embeddings.token_embedding.weight", "embeddings.word_embeddings.weight",
          "bert.embeddings.word_embeddings.weight", "layer1.0.conv3.weight"}) {
      EXPECT_EQ(names_of({prefix + name, prefix + "x", "criterion.weight", "ema_model." + name}),
                (Names{name, "x"}));
      EXPECT_EQ(names_of({name, "x"}), (Names{name, "x"}));
    }
  }
  // The text tower of this CLIP is a BERT.
  EXPECT_EQ(names_of({"model.visual.conv1.weight",
                      "model.text.transformer.embeddings.word_embeddings.weight"}),
            (Names{"text.transformer.embeddings.word_embeddings.weight", "visual.conv1.weight"}));
}

TEST_F(Prefixes, SeveralModelsAreAnError) {
  expect_error(ErrorCode::invalid_data,
               "contains 2 models, with the prefixes 'student.' and 'teacher.' in the names", [&] {
                 open({"student.visual.conv1.weight", "teacher.visual.conv1.weight"});
               });
}

TEST_F(Prefixes, ExplainMissingTensors) {
  const auto missing = [&](const Names& names, const std::string& name, const std::string& part) {
    const auto checkpoint = open(names);
    expect_error(ErrorCode::invalid_data, "tensor '" + name + "' is missing",
                 [&] { checkpoint->check(name, {1}); });
    expect_error(ErrorCode::invalid_data, part, [&] { checkpoint->check(name, {1}); });
  };
  missing({"tower.a.weight"}, "a.weight",
          "the file has 'tower.a.weight': the names of its tensors begin with 'tower.'");
  missing({"encoder.layers.0.weight"}, "text_model.encoder.layers.0.weight",
          "the file has 'encoder.layers.0.weight': the names of its tensors lack the prefix "
          "'text_model.'");
  missing({"model.visual.conv1.weight", "logit_scale"}, "logit_scale",
          "only tensors with the prefix 'model.' are read, and not 'logit_scale'");
  missing({"a", "b"}, "c", "expected shape (1)");
}

}  // namespace
}  // namespace sightline

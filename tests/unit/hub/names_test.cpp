#include "hub/names.h"

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/hub.h>

#include <algorithm>
#include <set>

#include "hub/select.h"
#include "hub/text.h"

namespace sightline::hub {
namespace {

TEST(HubNames, ResolvesAliases) {
  EXPECT_EQ(named_repos("ViT-B/32", RepoKind::model)[0].id, "openai/clip-vit-base-patch32");
  EXPECT_EQ(named_repos("ViT-L/14@336px", RepoKind::model)[0].id,
            "openai/clip-vit-large-patch14-336");
  EXPECT_EQ(named_repos("RN50x64", RepoKind::model)[0].id, "timm/resnet50x64_clip.openai");
  const auto pair = named_repos("baseline", RepoKind::model);
  ASSERT_EQ(pair.size(), 2u);
  EXPECT_EQ(pair[0].id, "google-bert/bert-base-uncased");
  EXPECT_EQ(pair[1].id, "timm/resnet50.tv_in1k");
  EXPECT_EQ(named_repos("ViT-B/32", RepoKind::dataset)[0].id, "ViT-B/32");
}

TEST(KnownModels, CanBePulledAndHavePlausibleFigures) {
  std::set<std::string> seen;
  int64_t last = 0;
  for (const KnownModel& model : known_models()) {
    SCOPED_TRACE(model.repository);
    EXPECT_TRUE(seen.insert(model.repository).second);
    EXPECT_TRUE(parse_repo(model.repository, RepoKind::model));
    EXPECT_GE(model.parameters, last);
    last = model.parameters;
    EXPECT_GE(model.image_size, 224);
    if (!model.recall) continue;
    EXPECT_GT((*model.recall)[0], 0.0);
    EXPECT_GT((*model.recall)[1], (*model.recall)[0]);
    EXPECT_GT((*model.recall)[2], (*model.recall)[1]);
    EXPECT_LT((*model.recall)[2], 1.0);
  }
  // Published: ViT-B/32 of OpenAI finds 30.4 % at 1, 55.9 % at 5 and 66.9 % at 10.
  const auto& all = known_models();
  const auto vit =
      std::ranges::find(all, "timm/vit_base_patch32_clip_224.openai", &KnownModel::repository);
  ASSERT_NE(vit, all.end());
  EXPECT_NEAR((*vit->recall)[0], 0.304, 0.0006);
  EXPECT_NEAR((*vit->recall)[1], 0.559, 0.0006);
  EXPECT_NEAR((*vit->recall)[2], 0.669, 0.0006);
  EXPECT_EQ(vit->parameters, 151277313);
}

TEST(HubNames, FollowsTheRulesOfTheHub) {
  for (const char* good : {"org/name", "gpt2", "Foo-BAR_foo.bar123/x", "_x/y_"}) {
    EXPECT_TRUE(parse_repo(good, RepoKind::model)) << good;
  }
  for (const char* bad :
       {"", "/", "a/", "/a", "a/b/c", ".a/b", "a/b.", "-a/b", "a--b/c", "a..b/c", "a/b.git",
        "a b/c", "a/b@", "a/b@..", "a/b@/x", "a/b@x/../y", "../x", "a/\xc3\xbc", "~/x"}) {
    EXPECT_FALSE(parse_repo(bad, RepoKind::model)) << bad;
  }
  EXPECT_TRUE(parse_repo(std::string(96, 'a'), RepoKind::model));
  EXPECT_FALSE(parse_repo(std::string(97, 'a'), RepoKind::model));
  const auto repo = parse_repo("org/name@refs/pr/1", RepoKind::dataset);
  ASSERT_TRUE(repo);
  EXPECT_EQ(repo->id + " " + repo->revision, "org/name refs/pr/1");
}

TEST(HubText, EncodesParsesAndFormats) {
  EXPECT_EQ(percent_encoded("a b/\xc3\xbc#?%", true), "a%20b/%C3%BC%23%3F%25");
  EXPECT_EQ(percent_encoded("refs/pr/1", false), "refs%2Fpr%2F1");
  EXPECT_EQ(number("12"), 12);
  for (const char* bad : {"", "-1", "+1", "1 ", "0x1", "99999999999999999999"})
    EXPECT_FALSE(number(bad)) << bad;
  EXPECT_EQ(bytes_text(1), "1 byte");
  EXPECT_EQ(bytes_text(999), "999 bytes");
  EXPECT_EQ(bytes_text(1000), "1.0 kB");
  EXPECT_EQ(bytes_text(999'950), "1.0 MB");
  EXPECT_EQ(bytes_text(605'247'071), "605.2 MB");
}

std::vector<std::string> selected(std::vector<std::string> paths, RepoKind kind = RepoKind::model) {
  return select_files(paths, kind).files;
}
using Names = std::vector<std::string>;

TEST(HubSelect, PrefersSafetensors) {
  EXPECT_EQ(selected({"config.json", "pytorch_model.bin", "model.safetensors", "tf_model.h5",
                      "flax_model.msgpack", "onnx/model.onnx", "README.md", "vocab.txt"}),
            (Names{"config.json", "model.safetensors", "vocab.txt"}));
  EXPECT_EQ(selected({"pytorch_model.bin", "config.json"}),
            (Names{"config.json", "pytorch_model.bin"}));
  EXPECT_EQ(selected({"RN50.pt"}), Names{"RN50.pt"});
  EXPECT_EQ(selected({"resnet50-0676ba61.pth", "optimizer.pt", "rng_state_0.pth"}),
            Names{"resnet50-0676ba61.pth"});
}

TEST(HubSelect, PrefersOpenClipWeightsWithAnOpenClipConfig) {
  EXPECT_EQ(selected({"open_clip_config.json", "open_clip_model.safetensors",
                      "open_clip_pytorch_model.bin", "config.json", "model.safetensors",
                      "tokenizer.json"}),
            (Names{"open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json"}));
  EXPECT_EQ(
      selected({"open_clip_config.json", "config.json", "pytorch_model.bin", "model.safetensors"}),
      (Names{"config.json", "model.safetensors", "open_clip_config.json"}));
  EXPECT_EQ(selected({"open_clip_config.json", "open_clip_pytorch_model.bin"}),
            (Names{"open_clip_config.json", "open_clip_pytorch_model.bin"}));
}

TEST(HubSelect, SelectsTheModulesOfSentenceTransformers) {
  EXPECT_EQ(selected({"modules.json", "config.json", "model.safetensors", "tokenizer.json",
                      "sentence_bert_config.json", "config_sentence_transformers.json",
                      "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/pytorch_model.bin",
                      "onnx/model.onnx", "openvino/config.json"}),
            (Names{"config.json", "config_sentence_transformers.json", "model.safetensors",
                   "modules.json", "sentence_bert_config.json", "tokenizer.json",
                   "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/pytorch_model.bin"}));
  const auto clip = select_files({"modules.json", "0_CLIPModel/config.json",
                                  "0_CLIPModel/pytorch_model.bin", "0_CLIPModel/merges.txt"},
                                 RepoKind::model);
  EXPECT_TRUE(clip.usable);
  EXPECT_EQ(clip.files.size(), 4u);
  EXPECT_EQ(selected({"config.json", "model.safetensors", "1_Pooling/config.json"}),
            (Names{"config.json", "model.safetensors"}));
}

TEST(HubSelect, SelectsTheProcessorConfigOfTransformers5) {
  EXPECT_EQ(selected({"config.json", "model.safetensors", "processor_config.json"}),
            (Names{"config.json", "model.safetensors", "processor_config.json"}));
}

TEST(HubSelect, SelectsGgufAndOnnxWithoutOtherWeights) {
  EXPECT_EQ(selected({"README.md", "clip-q8_0.gguf", "config.json"}),
            (Names{"clip-q8_0.gguf", "config.json"}));
  EXPECT_EQ(selected({"model.safetensors", "clip-q8_0.gguf"}), (Names{"model.safetensors"}));
  EXPECT_FALSE(select_files({"a.gguf", "b.gguf"}, RepoKind::model).usable);  // ambiguous
  // transformers.js
  EXPECT_EQ(selected({"config.json", "onnx/model.onnx", "onnx/model.onnx_data",
                      "onnx/model_fp16.onnx", "onnx/text_model.onnx", "onnx/vision_model.onnx"}),
            (Names{"config.json", "onnx/model.onnx", "onnx/model.onnx_data"}));
  EXPECT_EQ(selected({"config.json", "onnx/text_model.onnx", "onnx/text_model_q4.onnx",
                      "onnx/vision_model.onnx"}),
            (Names{"config.json", "onnx/text_model.onnx", "onnx/vision_model.onnx"}));
  EXPECT_FALSE(select_files({"config.json", "onnx/text_model.onnx"}, RepoKind::model).usable);
  EXPECT_EQ(selected({"config.json", "pytorch_model.bin", "onnx/model.onnx"}),
            (Names{"config.json", "pytorch_model.bin"}));
  // immich
  EXPECT_EQ(
      selected({"README.md", "config.json", "textual/model.onnx", "textual/tokenizer.json",
                "visual/model.onnx", "visual/Constant_1_attr__value", "visual/preprocess_cfg.json",
                "visual/rknpu/rk3566/model.rknn"}),
      (Names{"config.json", "textual/model.onnx", "textual/tokenizer.json",
             "visual/Constant_1_attr__value", "visual/model.onnx", "visual/preprocess_cfg.json"}));
}

TEST(HubSelect, ReadsShardsFromTheIndex) {
  const auto selection = select_files(
      {"model.safetensors.index.json", "model-00001-of-00002.safetensors"}, RepoKind::model);
  EXPECT_EQ(selection.index, "model.safetensors.index.json");
  EXPECT_TRUE(selection.usable);
  EXPECT_EQ(shards_of(R"({"weight_map": {"a": "x", "b": "y", "c": "x"}})", "i"), (Names{"x", "y"}));
  EXPECT_THROW(shards_of(R"({"weight_map": {"a": "../x"}})", "i"), Error);
  EXPECT_THROW(shards_of(R"({"weight_map": ["x"]})", "i"), Error);
  EXPECT_THROW(shards_of(R"({})", "i"), Error);
}

TEST(HubSelect, RejectsRepositoriesWithoutSupportedFiles) {
  EXPECT_FALSE(
      select_files({"config.json", "tf_model.h5", "unet/model.safetensors"}, RepoKind::model)
          .usable);
  EXPECT_FALSE(
      select_files({"a.safetensors", "b.safetensors"}, RepoKind::model).usable);  // ambiguous
  EXPECT_FALSE(select_files({"README.md", "x.zip", "script.py"}, RepoKind::dataset).usable);
  EXPECT_FALSE(select_files({}, RepoKind::dataset).usable);
}

TEST(HubSelect, SelectsDataSetFiles) {
  EXPECT_EQ(selected({"data/test-0.parquet", "test.jpg", "README.md"}, RepoKind::dataset),
            Names{"data/test-0.parquet"});
  EXPECT_EQ(selected({"0.tar", "0.json", "a.jpg", ".git/x.tar"}, RepoKind::dataset),
            (Names{"0.json", "0.tar"}));
  EXPECT_EQ(selected({"train/metadata.jsonl", "train/A.JPG", "x.py"}, RepoKind::dataset),
            (Names{"train/A.JPG", "train/metadata.jsonl"}));
}

}  // namespace
}  // namespace sightline::hub

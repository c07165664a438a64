// Jina-CLIP v2 against its definition in double (tools/golden/jina_clip.py).
#include <sightline/error.h>
#include <sightline/image.h>

#include <cstring>

#include "base/file.h"
#include "models/jina_clip_config.h"
#include "unit/data/temporary_folder.h"
#include "unit/encode/golden_model.h"
#include "unit/encode/open_clip_golden.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/jina_clip";

class JinaClip : public OpenClipGolden {};

TEST_P(JinaClip, Images) {
  expect_images();
}
TEST_P(JinaClip, Texts) {
  expect_texts();
}

INSTANTIATE_TEST_SUITE_P(All, JinaClip,
                         ::testing::ValuesIn(open_clip_cases(
                             {"../jina_clip/task", "../jina_clip/no_task", "../jina_clip/merged"})),
                         [](const auto& test) {
                           return fs::path(test.param.model).filename().string() + "_" +
                                  test.param.backend;
                         });

json golden_config() {
  return json::parse(read_text_file(kGolden / "task/config.json", 1 << 20));
}

// A copy of the case "task", in which files can be replaced.
void copy_golden(const TemporaryFolder& folder) {
  for (const char* name : {"config.json", "model.safetensors", "preprocessor_config.json"})
    fs::copy_file(kGolden / "task" / name, folder.path() / name);
}

std::string refusal_of(const json& config, ErrorCode code) {
  return refusal([&] { parse_jina_clip_config(config.dump(), "config.json"); }, code);
}

// Without sizes in the file those of jina-embeddings-v3 hold.
TEST(JinaClipConfig, PublishedSizes) {
  json config = golden_config();
  json& text = config["text_config"];
  json& changes = text["hf_model_config_kwargs"];
  changes = {{"lora_adaptations", {"retrieval.query"}}, {"lora_alpha", 4}, {"lora_rank", 4}};
  text["embed_dim"] = 1024;
  config["vision_config"].update({{"width", 1024},
                                  {"embed_dim", 1024},
                                  {"head_width", 64},
                                  {"image_size", 512},
                                  {"patch_size", 14},
                                  {"pt_hw_seq_len", 16},
                                  {"mlp_ratio", 2.6667}});
  const JinaClipConfig read = parse_jina_clip_config(config.dump(), "config.json");
  EXPECT_EQ(read.text.width, 1024);
  EXPECT_EQ(read.text.heads, 16);
  EXPECT_EQ(read.text.rotary_base, 20000);
  EXPECT_EQ(read.text.context_length, 512);
  EXPECT_EQ(read.adapters.count, 1);
  EXPECT_EQ(read.adapters.used, 0);
  EXPECT_EQ(read.adapters.scale, 1);
  EXPECT_EQ(read.image.mlp, 2730);
  EXPECT_EQ(read.image.heads, 16);
}

TEST(JinaClipConfig, RefusesWhatChangesVectors) {
  const auto with = [](const std::string& path, const json& value) {
    json config = golden_config();
    config[json::json_pointer(path)] = value;
    return config;
  };
  const std::string text = "/text_config/", vision = "/vision_config/",
                    encoder = text + "hf_model_config_kwargs/";
  for (const auto& [path, value] : std::vector<std::pair<std::string, json>>{
           {text + "hf_model_name_or_path", "jinaai/jina-bert-flash-implementation"},
           {text + "hf_model_name_or_path", nullptr},
           {text + "default_instruction_task", "retrieval.query"},
           {text + "pooler_type", "cls_pooler"},
           {text + "proj_type", "mlp"},
           {encoder + "position_embedding_type", "alibi"},
           {encoder + "use_post_norm", false},
           {vision + "subln", false},
           {vision + "post_norm", true},
           {vision + "ls_init_value", 0.1},
           {"/add_projections", true},
           {"/truncate_dim", 8}}) {
    const std::string message = refusal_of(with(path, value), ErrorCode::unsupported);
    EXPECT_NE(message.find("'" + path.substr(path.rfind('/') + 1) + "'"), std::string::npos)
        << message;
  }
  for (const auto& [path, value] :
       std::vector<std::pair<std::string, json>>{{text + "default_lora_task", "clustering"},
                                                 {text + "embed_dim", 25},
                                                 {encoder + "lora_rank", 0},
                                                 {encoder + "num_attention_heads", 24},
                                                 {encoder + "rotary_emb_base", 0},
                                                 {vision + "head_width", 6},
                                                 {vision + "patch_size", 24}}) {
    const std::string message = refusal_of(with(path, value), ErrorCode::invalid_data);
    EXPECT_NE(message.find("'" + path.substr(path.rfind('/') + 1) + "'"), std::string::npos)
        << message;
  }
}

// A rank other than the file's would read other numbers.
TEST(JinaClipConfig, AdaptersMustFitTheConfig) {
  const TemporaryFolder copy;
  copy_golden(copy);
  json config = golden_config();
  config["text_config"]["hf_model_config_kwargs"]["lora_rank"] = 3;
  copy.write("config.json", config.dump());
  const auto ops = create_ops(Backend::cpu);
  const std::string message =
      refusal([&] { load_towers(open_model(copy.path()), *ops, {}); }, ErrorCode::invalid_data);
  EXPECT_NE(message.find("lora_"), std::string::npos) << message;
}

// The file's header with `from` called `to`.
void rename_tensor(const fs::path& file, const std::string& from, const std::string& to) {
  std::string bytes = read_text_file(file, 1 << 26);
  uint64_t size = 0;
  std::memcpy(&size, bytes.data(), sizeof size);
  json header = json::parse(bytes.substr(8, size));
  header[to] = header.at(from);
  header.erase(from);
  const std::string text = header.dump();
  const uint64_t length = text.size();
  std::string start(8, '\0');
  std::memcpy(start.data(), &length, sizeof length);
  write_file_atomic(file, start + text + bytes.substr(8 + size));
}

// Only matrices have adapters: a layer norm whose name claims one has no second extent.
TEST(JinaClipConfig, AdaptersAreThoseOfMatrices) {
  const TemporaryFolder copy;
  copy_golden(copy);
  const std::string norm = "text_model.transformer.roberta.emb_ln";
  rename_tensor(copy.path() / "model.safetensors", norm + ".weight",
                norm + ".parametrizations.weight.original");
  const auto ops = create_ops(Backend::cpu);
  EXPECT_NO_THROW(load_towers(open_model(copy.path()), *ops, {}));
}

// The published directory lists code of its own as a module of sentence-transformers.
TEST(JinaClipLayout, ModulesOfItsOwnDoNotCount) {
  const TemporaryFolder copy;
  copy_golden(copy);
  copy.write("modules.json",
             R"([{"idx": 0, "name": "0", "path": "", "type": "custom_st.Transformer"},
      {"idx": 1, "name": "1", "path": "1_Normalize",
       "type": "sentence_transformers.models.Normalize"}])");
  const ModelSource source = open_model(copy.path());
  EXPECT_EQ(source.layout, "huggingface");
  EXPECT_EQ(source.family, "jina_clip");
}

TEST(JinaClipPreprocessing, IsTorchvisions) {
  const json published =
      json::parse(read_text_file(kGolden / "task/preprocessor_config.json", 1 << 20));
  const auto parse = [](const json& config) {
    return parse_preprocessor_config(config.dump(), "preprocessor_config.json");
  };
  const PreprocessSpec spec = parse(published);
  EXPECT_EQ(spec.resize_size, 23);
  EXPECT_EQ(spec.crop_size, 23);
  EXPECT_EQ(spec.resize, PreprocessSpec::Resize::shortest_edge);
  EXPECT_EQ(spec.filter, ResizeFilter::bicubic);
  EXPECT_EQ(spec.order, PreprocessSpec::Order::huggingface);
  EXPECT_EQ(spec.crop_rounding, PreprocessSpec::CropRounding::half_even);
  EXPECT_EQ(spec.mean[1], 0.4578275f);
  json other = published;
  other.update({{"resize_mode", "longest"}, {"interpolation", "bilinear"}, {"size", {31, 31}}});
  EXPECT_EQ(parse(other).resize, PreprocessSpec::Resize::longest_edge);
  EXPECT_EQ(parse(other).filter, ResizeFilter::bilinear);
  EXPECT_EQ(parse(other).crop_size, 31);
  for (const auto& [key, value] :
       std::vector<std::pair<std::string, json>>{{"fill_color", 127},
                                                 {"interpolation", "nearest"},
                                                 {"size", {31, 32}},
                                                 {"resize_mode", "crop"},
                                                 {"do_pad", true}}) {
    json wrong = published;
    wrong[key] = value;
    const std::string message = refusal([&] { parse(wrong); }, ErrorCode::unsupported);
    EXPECT_NE(message.find(key), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace sightline::testing

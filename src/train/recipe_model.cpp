#include "train/recipe_model.h"

#include <sightline/error.h>

#include "train/recipe_section.h"

namespace sightline {
namespace {

using nlohmann::json;

// Ratio of the image's side to that of the last stage. A ResNet's stem and first stage together
// halve it twice, each later stage once.
constexpr int64_t kImageStride = 32;

bool is_modified_resnet(const json& model) {
  const auto vision = model.find("vision_config");
  return vision != model.end() && vision->is_object() && vision->contains("layers") &&
         !vision->at("layers").is_number();
}

// The image tower has the keys of OpenCLIP's vision_cfg, the rest those of transformers'
// config.json.
ClipConfig parse_modified_resnet(const json& model, const std::string& where) {
  json rest = model;
  rest.erase("vision_config");
  ClipConfig config = parse_clip_config(rest.dump(), where);
  config.vision = {};
  config.patch_size = 0;
  config.image_size = 224;
  RecipeSection vision(model.at("vision_config"), where + " vision_config");
  ModifiedResnetConfig resnet;
  vision.read("layers", resnet.layers, 1, 100);
  vision.read("width", resnet.width, 2, 1024);
  vision.read("image_size", config.image_size, kImageStride, 4096);
  vision.finish();
  if (resnet.width % 2 != 0)
    vision.fail("width", "an even number: the stem begins with half of it");
  if (config.image_size % kImageStride != 0) vision.fail("image_size", "a multiple of 32");
  resnet.heads = resnet.width * 32 / 64;
  config.resnet = resnet;
  return config;
}

ResnetConfig parse_resnet(const json& model, const std::string& where) {
  ResnetConfig config;
  RecipeSection section(model, where);
  std::string type;
  section.read("model_type", type);
  section.read("layers", config.layers, 1, 100);
  section.read("channels", config.channels, 1, 4096);
  section.read("image_size", config.image_size, kImageStride, 4096);
  section.finish();
  return config;
}

MobilenetV2Config parse_mobilenet_v2(const json& model, const std::string& where) {
  MobilenetV2Config config;
  RecipeSection section(model, where);
  std::string type;
  section.read("model_type", type);
  section.read("image_size", config.image_size, kImageStride, 4096);
  section.finish();
  return config;
}

PairImage parse_pair_image(const json& image, const std::string& where) {
  PairImage result;
  json sizes = image;
  const auto from = sizes.find("from");
  if (from != sizes.end()) {
    RecipeSection section(image, where);
    section.read("from", result.from);
    if (result.from.empty()) section.fail("from", "the path of a model");
    sizes.erase(from);
  }
  if (image.at("model_type") == "mobilenet_v2") {
    result.sizes = parse_mobilenet_v2(sizes, where);
  } else {
    result.sizes = parse_resnet(sizes, where);
  }
  return result;
}

PairModel parse_pair(const json& model, const std::string& where) {
  PairModel pair;
  RecipeSection section(model, where);
  std::string type;
  section.read("model_type", type);
  RecipeSection text = section.child("text");
  text.read("from", pair.text);
  if (pair.text.empty()) {
    throw Error(ErrorCode::invalid_data, where,
                " text: no 'from', expected the path of a model with a text tower");
  }
  text.read("locked", pair.text_locked);
  std::string weights = "given";
  text.read("weights", weights);
  if (weights != "given" && weights != "random") text.fail("weights", "\"given\" or \"random\"");
  pair.text_random = weights == "random";
  if (pair.text_random && pair.text_locked)
    text.fail("weights", "\"given\" for a text tower that is locked");
  text.read("learning_rate", pair.text_learning_rate, 1e-6, 100);
  if (pair.text_locked && text.find("learning_rate") != nullptr)
    text.fail("learning_rate", "no such key for a text tower that is locked");
  for (const auto& [key, value] :
       {std::pair{"name", &pair.text_name}, std::pair{"command", &pair.text_command}}) {
    text.read(key, *value);
    if (!pair.text_locked && text.find(key) != nullptr)
      text.fail(key, "no such key for a text tower that is trained: its weights are the run's");
  }
  text.finish();
  const json* image = section.find("image");
  if (image == nullptr) {
    throw Error(ErrorCode::invalid_data, where,
                ": no 'image', expected the sizes of the image tower");
  }
  const json type_of_image = image->is_object() ? image->value("model_type", json()) : json();
  if (type_of_image != "resnet" && type_of_image != "mobilenet_v2")
    section.fail("image", "an object with \"model_type\": \"resnet\" or \"mobilenet_v2\"");
  pair.image = parse_pair_image(*image, where + " image");
  section.finish();
  return pair;
}

LowRankSettings parse_low_rank(RecipeSection section) {
  LowRankSettings low_rank;
  section.read("rank", low_rank.rank, 1, 4096);
  section.read("alpha", low_rank.alpha, 1e-6, 1e6);
  section.read("last_layers", low_rank.last_layers, 0, 1e6);
  section.read("image_tower", low_rank.image_tower);
  section.read("text_tower", low_rank.text_tower);
  if (!low_rank.image_tower && !low_rank.text_tower)
    section.fail("text_tower", "true if 'image_tower' is false");
  if (section.find("targets") != nullptr) {
    low_rank.targets.clear();
    section.read("targets", low_rank.targets);
    if (low_rank.targets.empty()) section.fail("targets", "names of layers, such as \"q_proj\"");
  }
  section.finish();
  return low_rank;
}

PublishedModel parse_published(const json& model, const std::string& where) {
  RecipeSection section(model, where);
  std::string type, method = fine_tune_method_name(FineTuneMethod::full);
  section.read("model_type", type);
  PublishedModel published;
  section.read("from", published.from);
  if (published.from.empty()) {
    throw Error(ErrorCode::invalid_data, where,
                ": no 'from', expected the path of the model to fine-tune");
  }
  section.read("method", method);
  published.method = parse_fine_tune_method(method);
  if (published.method == FineTuneMethod::adapter)
    section.fail("method", "a method that passes through the towers");
  published.low_rank = parse_low_rank(section.child("low_rank"));
  section.read("prompt_length", published.prompt_length, 1, 64);
  section.read("layer_decay", published.layer_decay, 0.01, 1);
  section.finish();
  return published;
}

}  // namespace

int64_t PairImage::image_size() const {
  return std::visit([](const auto& config) { return config.image_size; }, sizes);
}

RecipeModel parse_recipe_model(const json& model, const std::string& where) {
  if (!model.is_object()) throw Error(ErrorCode::invalid_data, where, " is not a JSON object");
  const json type = model.value("model_type", json("clip"));
  if (type == "clip") {
    if (is_modified_resnet(model)) return parse_modified_resnet(model, where);
    return parse_clip_config(model.dump(), where);
  }
  if (type == "bert") return parse_bert_config(model.dump(), where);
  if (type == "resnet") return parse_resnet(model, where);
  if (type == "pair") return parse_pair(model, where);
  if (type == "published") return parse_published(model, where);
  throw Error(ErrorCode::unsupported, where, ": model_type is ", shown(type),
              ", \"clip\", \"bert\", \"resnet\", \"pair\" and \"published\" can be trained");
}

const char* task_of(const RecipeModel& model) {
  if (std::holds_alternative<BertConfig>(model)) return "masked_words";
  if (std::holds_alternative<ResnetConfig>(model)) return "classification";
  return "contrastive";
}

int64_t image_size_of(const RecipeModel& model) {
  if (const auto* clip = std::get_if<ClipConfig>(&model)) return clip->image_size;
  if (const auto* resnet = std::get_if<ResnetConfig>(&model)) return resnet->image_size;
  if (const auto* pair = std::get_if<PairModel>(&model)) return pair->image.image_size();
  if (const auto* published = std::get_if<PublishedModel>(&model)) return published->image_size;
  return 0;
}

}  // namespace sightline

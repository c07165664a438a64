#include "verify/published_values.h"

#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/file.h"
#include "models/bert.h"
#include "models/model_source.h"
#include "verify/stages.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Sources: the tests of Bumblebee (text, vision: the projected, unnormalized embedding; BERT:
// hidden states 1 to 3, elements 1 to 3), the README of openai/CLIP (the diagram), and the tests
// of Jina's clip-as-service (the portrait).
constexpr std::string_view kBase32[] = {"openai/clip-vit-base-patch32",
                                        "timm/vit_base_patch32_clip_224.openai"};
constexpr std::string_view kBertBase[] = {"google-bert/bert-base-uncased", "bert-base-uncased"};
constexpr std::string_view kResNet50[] = {"timm/resnet50_clip.openai"};

template <size_t N>
bool is_one_of(const std::string& name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

VerifyStage values_stage(const std::string& name, std::vector<double> ours,
                         const std::vector<double>& published, double tolerance) {
  VerifyStage stage;
  stage.name = name;
  stage.reference = "published";
  stage.tolerance = tolerance;
  stage.unit = "difference";
  stage.largest_error = 0;
  for (size_t i = 0; i < published.size(); ++i) {
    const double error = std::abs(ours[i] - published[i]);
    ++stage.checked;
    stage.wrong += !(error <= tolerance);
    if (!(error <= *stage.largest_error)) {
      stage.largest_error = error;
      stage.detail =
          "worst: " + std::to_string(ours[i]) + ", published " + std::to_string(published[i]);
    }
  }
  stage.status = stage.wrong == 0 ? StageStatus::passed : StageStatus::failed;
  return stage;
}

std::vector<double> slice(std::span<const float> row, size_t from, size_t count) {
  return {row.begin() + static_cast<std::ptrdiff_t>(from),
          row.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

VerifyStage text_embedding_stage(const Model& model) {
  const TokenIds ids{{49406, 320, 1125, 539, 320, 2368, 49407}, false, {}};
  const Matrix vector = model.encode_tokens(std::span(&ids, 1));
  return values_stage("text embedding", slice(vector.row(0), 1, 3), {0.0733, -0.2448, -0.2212},
                      1e-4);
}

VerifyStage image_embedding_stage(const Model& model) {
  const auto side = static_cast<size_t>(model.info().image_size);
  const std::vector<float> pixels(3 * side * side, 0.5f);
  const Matrix vector = model.encode_pixels(pixels, 1);
  return values_stage("image embedding", slice(vector.row(0), 1, 3), {-0.3381, -0.0196, -0.4053},
                      1e-4);
}

VerifyStage hidden_states_stage(const std::string& spec, const ModelOptions& options) {
  const Matrix states =
      masked_hidden_states(spec, {0, 345, 232, 328, 740, 140, 1695, 69, 6078, 1588, 2}, options);
  std::vector<double> ours;
  for (int64_t t = 0; t < 3; ++t) {
    const auto row = slice(states.row(t), 1, 3);
    ours.insert(ours.end(), row.begin(), row.end());
  }
  return values_stage("hidden states", ours,
                      {0.4249, 0.1008, 0.7531, 0.3771, 0.1188, 0.7467, 0.4152, 0.1098, 0.7108},
                      1e-4);
}

// Result of the complete pipeline for one image and several texts.
struct Scored {
  std::vector<double> logits;  // per text: cosine times the model's logit scale
  Matrix image;                // (1, D), not normalized
};

Scored score(const Model& model, const fs::path& file, std::span<const std::string> texts) {
  const std::vector<uint8_t> bytes = read_file(file, ImageLimits{}.max_bytes);
  const ImageInput input{file.string(), bytes};
  const Encoder raw(model, {.batch_size = 1, .normalize = false, .limits = {}});
  EncodedImages encoded = raw.encode_images(std::span(&input, 1));
  if (encoded.errors[0]) throw Error(ErrorCode::invalid_data, *encoded.errors[0]);
  Matrix text_vectors = raw.encode_texts(texts).vectors, image_vector = encoded.vectors;
  normalize_rows(text_vectors);
  normalize_rows(image_vector);
  Scored result{{}, std::move(encoded.vectors)};
  for (int64_t t = 0; t < text_vectors.rows; ++t) {
    double sum = 0;
    for (int64_t i = 0; i < text_vectors.dim; ++i)
      sum += static_cast<double>(text_vectors.row(t)[static_cast<size_t>(i)]) *
             image_vector.row(0)[static_cast<size_t>(i)];
    result.logits.push_back(sum * model.info().logit_scale);
  }
  return result;
}

std::vector<double> softmax(std::vector<double> x) {
  const double largest = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (double& value : x) sum += value = std::exp(value - largest);
  for (double& value : x) value /= sum;
  return x;
}

// Runs `measure` on an image, or adds a skipped stage if the image is missing.
template <typename Measure>
void with_image(std::vector<VerifyStage>& stages, const fs::path& folder, const char* file,
                const char* name, Measure measure) {
  std::error_code error;
  if (folder.empty() || !fs::exists(folder / file, error)) {
    stages.push_back(skipped_stage(name, "published",
                                   std::string("needs the image ") + file +
                                       (folder.empty() ? "" : " in '" + folder.string() + "'")));
    return;
  }
  measure(folder / file);
}

void add_diagram_stage(std::vector<VerifyStage>& stages, const Model& model,
                       const fs::path& images) {
  with_image(stages, images, "CLIP.png", "probabilities of the diagram", [&](const fs::path& file) {
    const std::string texts[] = {"a diagram", "a dog", "a cat"};
    stages.push_back(values_stage("probabilities of the diagram",
                                  softmax(score(model, file, texts).logits),
                                  {0.9927937, 0.00421068, 0.00299572}, 1e-3));
  });
}

void add_portrait_stages(std::vector<VerifyStage>& stages, const Model& model,
                         const fs::path& images, const std::vector<double>& vector,
                         const std::vector<double>& logits) {
  with_image(stages, images, "franz-kafka.jpg", "portrait", [&](const fs::path& file) {
    const std::string texts[] = {"a photo of a man", "a photo of a woman"};
    const Scored scored = score(model, file, texts);
    stages.push_back(values_stage("portrait: embedding",
                                  slice(scored.image.row(0), 0, vector.size()), vector, 1e-3));
    // A logit is about 100 times a cosine, so its tolerance is 100 times that of the embedding.
    stages.push_back(values_stage("portrait: logits", scored.logits, logits, 1e-1));
  });
}

}  // namespace

bool has_published_values(const std::string& repo_id) {
  return is_one_of(repo_id, kBase32) || is_one_of(repo_id, kBertBase) ||
         is_one_of(repo_id, kResNet50);
}

std::string models_with_published_values() {
  std::string names;
  const auto add = [&](std::span<const std::string_view> list) {
    for (const std::string_view name : list)
      names += (names.empty() ? "" : ", ") + std::string(name);
  };
  add(kBase32);
  add(kBertBase);
  add(kResNet50);
  return names;
}

std::string repo_id_of_cache_path(const fs::path& path) {
  constexpr std::string_view kPrefix = "models--";
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  for (const fs::path& step : absolute) {
    const std::string name = step.string();
    if (!name.starts_with(kPrefix)) continue;
    std::string rest = name.substr(kPrefix.size());
    const size_t cut = rest.find("--");
    if (cut != std::string::npos) rest.replace(cut, 2, "/");
    return rest;
  }
  return "";
}

Matrix masked_hidden_states(const std::string& spec, const std::vector<int32_t>& ids,
                            const ModelOptions& options) {
  const ModelSource source = open_model(spec);
  const auto ops =
      create_ops(options.backend, {options.precision.value_or(Precision::fp32), options.device});
  WeightBuilder weights(*source.parameters, ops.get());
  // No token attends to the first one, so encode the rest, starting at position 1.
  const BertTower tower(weights, source.config_as<BertConfig>(), 1);
  const auto count = static_cast<int64_t>(ids.size()) - 1;
  const Tensor rest = Tensor::borrow({count}, DType::i32, ids.data() + 1);
  const int32_t offsets[] = {0, static_cast<int32_t>(count)};
  const Tensor states = ops->to_host(tower.hidden_states(*ops, ops->from_host(rest), offsets));
  Matrix result(count, states.dim(1));
  std::copy_n(states.data<float>(), states.count(), result.values.begin());
  return result;
}

std::vector<VerifyStage> published_stages(const Model& model, const std::string& spec,
                                          const std::string& repo_id,
                                          const VerifyOptions& options) {
  const fs::path& images = options.images;
  std::vector<VerifyStage> stages;
  if (is_one_of(repo_id, kBase32)) {
    stages.push_back(text_embedding_stage(model));
    stages.push_back(image_embedding_stage(model));
    add_diagram_stage(stages, model, images);
    add_portrait_stages(stages, model, images,
                        {-0.0794478, 0.2221669, -0.0442596, -0.1021476, 0.0459329},
                        {27.878918, 23.396446});
  } else if (is_one_of(repo_id, kBertBase)) {
    stages.push_back(hidden_states_stage(spec, options.model));
  } else if (is_one_of(repo_id, kResNet50)) {
    add_portrait_stages(stages, model, images,
                        {-0.0550068, 0.0172637, 0.0045185, -0.0013883, 0.0135444},
                        {20.816772, 17.331161});
  }
  return stages;
}

}  // namespace sightline

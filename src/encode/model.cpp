#include <sightline/error.h>
#include <sightline/model.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <future>
#include <numeric>

#include "base/adapter_spec.h"
#include "base/hash.h"
#include "base/spec_label.h"
#include "encode/digest_cache.h"
#include "encode/model_access.h"
#include "hub/cache.h"
#include "hub/names.h"
#include "models/finite_weights.h"
#include "models/packed_tokens.h"
#include "models/pair_spec.h"
#include "models/towers.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// Tokens of a batch of texts: enough to occupy all cores, few enough that the widest intermediate
// result (tokens x 4 C) fits in the last-level cache.
constexpr int64_t kTokensPerBatch = 1024;

// Fingerprint inputs of the layer of a pair. They are known once the towers are: their dimensions
// decide whether there is a layer.
std::vector<std::pair<std::string, std::string>> layer_facts(const ModelInfo& info) {
  return {{"projection", info.seed ? "linear" : "none"},
          {"seed", std::to_string(info.seed.value_or(0))}};
}

void require_digest(const ModelSource& source, const Digest& digest) {
  const std::string found = to_hex(digest);
  if (source.expected_digest.empty() || source.expected_digest == found) return;
  throw Error(ErrorCode::invalid_data, "the weights of the text model '", source.path.string(),
              "' are not those of the pair: their digest is ", found, ", expected ",
              source.expected_digest);
}

// SHA-256 over all that determines the vectors. `info`: of the loaded model; null for a part of a
// pair. Its weights_digest is set. `digests`: ModelOptions::digest_cache. `before`: a time before
// the source was opened. Throws invalid_data for weights that are not finite.
std::string fingerprint(const ModelSource& source, ModelInfo* info, const Tokenizer* tokenizer,
                        const fs::path& digests, std::chrono::system_clock::time_point before) {
  Sha256 all;
  auto facts = source.facts;
  if (!source.parts.empty()) {
    all.update(source.family + ":");
    facts = layer_facts(*info);
  }
  for (const auto& [what, text] : facts) {
    all.update(what + ":" + std::to_string(text.size()) + ":").update(text);
  }
  if (tokenizer != nullptr) all.update(tokenizer->fingerprint());
  // In hexadecimal, of fixed length: pairs of the same towers in exchanged roles differ.
  for (const auto& part : source.parts) {
    all.update(fingerprint(*part, nullptr, nullptr, digests, before));
  }
  if (source.checkpoint) {
    const CheckpointScan scan = remembered_scan(*source.checkpoint, digests, before);
    require_finite_weights(*source.checkpoint, scan, source.parameters.get());
    require_digest(source, scan.digest);
    if (info != nullptr) info->weights_digest = to_hex(scan.digest);
    all.update(scan.digest);
  }
  for (const auto& adapter : source.adapters) {
    const CheckpointScan scan = remembered_scan(*adapter, digests, before);
    require_finite_weights(*adapter, scan);
    all.update(scan.digest);
  }
  if (source.head) {
    for (const HeadStep& step : source.head->steps) {
      if (!step.weights) continue;
      const CheckpointScan scan = remembered_scan(*step.weights, digests, before);
      require_finite_weights(*step.weights, scan);
      all.update(scan.digest);
    }
  }
  return to_hex(all.digest());
}

void check_tokenizer(const LoadedModel& model, const Tokenizer& tokenizer,
                     const std::string& where) {
  if (tokenizer.vocab_size() > model.vocab_size) {
    throw Error(ErrorCode::invalid_data, "'", where, "': the tokenizer has ",
                tokenizer.vocab_size(), " tokens, the model's vocab_size is ", model.vocab_size);
  }
  if (!model.eos_token_id) return;
  // Configs of the first CLIP models contain 2, which readers ignore: their end token is the
  // largest id of the vocabulary.
  const bool historic =
      *model.eos_token_id == 2 && tokenizer.end_id() == tokenizer.vocab_size() - 1;
  if (!historic && tokenizer.end_id() != *model.eos_token_id) {
    throw Error(ErrorCode::invalid_data, "'", where, "': the tokenizer's end token has id ",
                tokenizer.end_id(), ", config.json's eos_token_id is ", *model.eos_token_id);
  }
}

// Compares the preprocessing with the model, and sets image_size where the model takes any. The
// weights of a tower without positions, such as a convolutional one, fit images of every size, so
// that a config of kilobytes could ask for gigabytes of pixels.
void check_image_size(const PreprocessSpec& spec, bool variable_size, ModelInfo& info,
                      const std::string& where) {
  constexpr int64_t kMostSide = 2048;
  if (spec.max_elements() > 3 * kMostSide * kMostSide) {
    throw Error(ErrorCode::limit_exceeded, "'", where, "': its images have up to ",
                spec.max_elements() / 3, " pixels, expected at most ", kMostSide, " x ", kMostSide);
  }
  if (spec.variable_size() && !variable_size) {
    throw Error(ErrorCode::invalid_data, "'", where,
                "': the preprocessing makes images of different sizes, the model takes ",
                info.image_size, " x ", info.image_size, " pixels");
  }
  if (spec.variable_size() && spec.patch_size != info.patch_size) {
    throw Error(ErrorCode::invalid_data, "'", where, "': the preprocessing's patch_size is ",
                spec.patch_size, ", the model's is ", info.patch_size);
  }
  if (variable_size && spec.crop_size % info.patch_size == 0) info.image_size = spec.crop_size;
  if (spec.crop_size != info.image_size) {
    throw Error(ErrorCode::invalid_data, "'", where, "': the preprocessing crops to ",
                spec.crop_size, ", the model's image_size is ", info.image_size);
  }
}

// The tower's padding, with the token of the tokenizer's files where they name one.
std::optional<TextPadding> text_padding(const TextTower& tower, const ModelSource& source,
                                        const Tokenizer& tokenizer) {
  std::optional<TextPadding> padding = tower.padding();
  if (padding && !source.pad_token.empty()) {
    const int32_t id = tokenizer.find(source.pad_token);
    if (id >= 0) padding->id = id;
  }
  return padding;
}

// The display name of a path; of a model with an adapter both names.
std::string name_of(const fs::path& path) {
  if (const auto adapted = split_adapter(path.string()))
    return name_of(adapted->model) + "+" + hub::display_name(adapted->adapter);
  return hub::display_name(path);
}

// The display name of the model's path; of a pair the names of its parts, or "baseline" for the
// parts of that alias.
std::string name_of(const ModelSource& source) {
  if (!parse_pair_spec(source.path.string())) return name_of(source.path);
  std::vector<std::string> names;
  for (const auto& part : source.parts) names.push_back(name_of(part->path));
  const auto baseline = hub::alias_repos("baseline");
  if (baseline.size() == 2 && names[0] == baseline[0].id && names[1] == baseline[1].id)
    return "baseline";
  return names[0] + "+" + names[1];
}

[[noreturn]] void throw_no_tower(const ModelInfo& info, const std::string& tower) {
  throw Error(ErrorCode::unsupported, "the model '", info.name, "' (family ", info.family,
              ") has no ", tower, " tower");
}

void require_image_tower(const ModelInfo& info, const ModelOptions& options) {
  if (!info.has_image) throw_no_tower(info, "image");
  if (!options.load_image_tower) {
    throw Error(ErrorCode::invalid_argument, "the image tower of '", info.name, "' was not loaded");
  }
}

}  // namespace

struct Model::Impl {
  ModelInfo info;
  Computation computation;
  PreprocessSpec preprocess;
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<Ops> ops;
  std::unique_ptr<ImageTower> image;
  std::unique_ptr<TextTower> text;
  std::optional<TextPadding> padding;  // of texts
  ModelOptions options;
};

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

void ModelAccess::wrap_ops(Model& model,
                           const std::function<std::unique_ptr<Ops>(std::unique_ptr<Ops>)>& wrap) {
  model.impl_->ops = wrap(std::move(model.impl_->ops));
}

Model Model::load(const fs::path& spec, const ModelOptions& options) {
  const LabeledSpec labeled = split_label(spec.string());
  const fs::path directory = labeled.spec;
  if (!options.precision) {
    throw Error(ErrorCode::invalid_argument, "'", directory.string(),
                "': no precision to load the model in; choose_precision chooses one by data");
  }
  const auto before = std::chrono::system_clock::now();
  const ModelSource source = open_model(directory);
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->computation = {options.backend, options.device, *options.precision};
  impl->ops =
      create_ops(options.backend, {*options.precision, options.device, options.lazy_packing});
  // The tokenizer is parsed in a thread of its own while the towers are loaded: with fifty thousand
  // tokens it takes one core as long as the towers take all cores. Its context length comes from
  // the towers' shapes, which need no weights.
  std::future<std::unique_ptr<Tokenizer>> tokenizer;
  if (source.tokenizer) {
    ModelOptions shapes = options;
    shapes.load_image_tower = shapes.load_text_tower = false;
    const int context_length = load_towers(source, *impl->ops, shapes).info.context_length;
    tokenizer = std::async(std::launch::async, source.tokenizer, context_length);
  }
  LoadedModel loaded = load_towers(source, *impl->ops, options);
  impl->image = std::move(loaded.image);
  impl->text = std::move(loaded.text);
  if (source.tokenizer) {
    impl->tokenizer = tokenizer.get();
    check_tokenizer(loaded, *impl->tokenizer, directory.string());
    if (impl->text) impl->padding = text_padding(*impl->text, source, *impl->tokenizer);
  }
  if (!std::isfinite(loaded.info.logit_scale)) {
    throw Error(ErrorCode::invalid_data, "'", directory.string(),
                "': logit_scale is the logarithm of ", loaded.info.logit_scale,
                ", expected that of a finite number");
  }
  impl->info = std::move(loaded.info);
  if (source.preprocess) {
    impl->preprocess = source.preprocess();
    check_image_size(impl->preprocess, loaded.variable_size, impl->info, directory.string());
    impl->preprocess.orientation = options.orientation;
    impl->preprocess.decode = options.decode;
    if (options.resize) impl->preprocess.resize_by(*options.resize);
  }
  impl->info.layout = source.layout;
  impl->info.warnings.insert(impl->info.warnings.begin(), source.warnings.begin(),
                             source.warnings.end());
  impl->info.name = labeled.label.empty() ? name_of(source) : labeled.label;
  impl->info.fingerprint =
      fingerprint(source, &impl->info, impl->tokenizer.get(), options.digest_cache, before);
  return Model(std::move(impl));
}

const ModelInfo& Model::info() const {
  return impl_->info;
}

const Computation& Model::computation() const {
  return impl_->computation;
}

const PreprocessSpec& Model::preprocess() const {
  if (!impl_->info.has_image) throw_no_tower(impl_->info, "image");
  return impl_->preprocess;
}

const Tokenizer& Model::tokenizer() const {
  if (!impl_->info.has_text) throw_no_tower(impl_->info, "text");
  return *impl_->tokenizer;
}

Matrix Model::encode_pixels(std::span<const float> pixels, int64_t batch) const {
  require_image_tower(impl_->info, impl_->options);
  const int64_t side = impl_->info.image_size;
  if (batch < 0 || static_cast<int64_t>(pixels.size()) != batch * 3 * side * side) {
    throw Error(ErrorCode::invalid_argument, pixels.size(), " elements are not ", batch,
                " images of (3, ", side, ", ", side, ")");
  }
  return ModelAccess::encode_pixels(
      *this, Tensor::borrow({batch, 3, side, side}, DType::f32, pixels.data()));
}

Matrix ModelAccess::encode_pixels(const Model& model, Tensor pixels) {
  const Model::Impl& impl = *model.impl_;
  require_image_tower(impl.info, impl.options);
  Matrix result(pixels.dim(0), impl.info.embedding_dim);
  if (result.rows == 0) return result;
  Tensor input = impl.ops->from_host(pixels);
  pixels = Tensor();
  const Tensor output = impl.ops->to_host(impl.image->consume(*impl.ops, std::move(input)));
  std::memcpy(result.values.data(), output.raw(), output.bytes());
  return result;
}

Matrix ModelAccess::encode_patches(const Model& model, const PackedPatches& images) {
  const Model::Impl& impl = *model.impl_;
  require_image_tower(impl.info, impl.options);
  Matrix result(static_cast<int64_t>(images.grids.size()), impl.info.embedding_dim);
  if (result.rows == 0) return result;
  const Tensor output = impl.ops->to_host(impl.image->encode_patches(*impl.ops, images));
  std::memcpy(result.values.data(), output.raw(), output.bytes());
  return result;
}

Matrix Model::encode_tokens(std::span<const TokenIds> texts) const {
  return ModelAccess::encode_tokens(*this, texts, {});
}

Matrix ModelAccess::encode_tokens(const Model& model, std::span<const TokenIds> texts,
                                  const std::function<void(int64_t)>& after_batch) {
  const Model::Impl& impl = *model.impl_;
  if (!impl.info.has_text) throw_no_tower(impl.info, "text");
  if (!impl.options.load_text_tower) {
    throw Error(ErrorCode::invalid_argument, "the text tower of '", impl.info.name,
                "' was not loaded");
  }
  for (const TokenIds& text : texts) {
    if (text.ids.empty() || static_cast<int>(text.ids.size()) > impl.info.context_length) {
      throw Error(ErrorCode::invalid_argument, "a text has ", text.ids.size(),
                  " ids, expected 1 to ", impl.info.context_length);
    }
  }
  // Sorted by length, so that the sequences of a batch cost about the same on every thread.
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return texts[a].ids.size() < texts[b].ids.size(); });

  Matrix result(static_cast<int64_t>(texts.size()), impl.info.embedding_dim);
  for (size_t begin = 0; begin < order.size();) {
    std::vector<const TokenIds*> batch;
    int64_t tokens = 0;
    for (size_t i = begin; i < order.size(); ++i) {
      const TokenIds& text = texts[order[i]];
      tokens += static_cast<int64_t>(text.ids.size());
      if (!batch.empty() && tokens > kTokensPerBatch) break;
      batch.push_back(&text);
    }
    const PackedTokens packed = pack_tokens(batch, impl.padding);
    Ops& ops = *impl.ops;
    const Tensor output =
        ops.to_host(impl.text->encode(ops, ops.from_host(packed.ids), packed.offsets));
    for (size_t b = 0; b < batch.size(); ++b) {
      const auto row = result.row(static_cast<int64_t>(order[begin + b]));
      std::memcpy(row.data(), output.data<float>() + static_cast<int64_t>(b) * result.dim,
                  row.size_bytes());
    }
    begin += batch.size();
    if (after_batch) after_batch(static_cast<int64_t>(begin));
  }
  return result;
}

void normalize_rows(Matrix& matrix) {
  for (int64_t i = 0; i < matrix.rows; ++i) {
    const auto row = matrix.row(i);
    double sum = 0;
    for (const float x : row) sum += static_cast<double>(x) * x;
    if (sum == 0) continue;
    const double scale = 1 / std::sqrt(sum);
    for (float& x : row) x = static_cast<float>(x * scale);
  }
}

}  // namespace sightline

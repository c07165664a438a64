// BERT: predicts masked tokens of a text from the others.
// Source: transformers modeling_bert.py, BertForMaskedLM (BertLMPredictionHead).
#include "train/torch/masked_words_task.h"

#include <sightline/error.h>
#include <sightline/tokenizer_training.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/bert.h"
#include "models/packed_tokens.h"
#include "train/export.h"
#include "train/export_bert.h"
#include "train/initializer.h"
#include "train/masking.h"
#include "train/torch/batches.h"

namespace sightline {
namespace {

using nlohmann::json;

constexpr size_t kEvaluationBatch = 256;
const std::string kHead = "cls.predictions.";
const std::string kWords = "embeddings.word_embeddings.weight";

class MaskedWordsTask : public Task {
 public:
  explicit MaskedWordsTask(const TaskContext& context);

  at::Tensor batch_loss(std::span<const int64_t> rows, int64_t epoch) override;
  json evaluate() override;
  void export_model(int64_t steps) override;

 private:
  // The predictions for the masked positions of all texts, concatenated, (masked positions, V)
  // before the softmax, and the true ids.
  struct Predictions {
    at::Tensor logits, targets;
  };
  Predictions predict(std::span<const MaskedText> texts);
  at::Tensor parameter(const std::string& name) const;
  json measure(const std::vector<TrainingRow>& rows);

  BertConfig config_;
  std::unique_ptr<Tokenizer> tokenizer_;
  Masking masking_;
  std::unique_ptr<BertTower> tower_;
  Linear transform_;
  LayerNorm norm_;
  at::Tensor words_, bias_;  // the decoder shares the word embedding as its weight
};

MaskedWordsTask::MaskedWordsTask(const TaskContext& context)
    : Task(context), config_(std::get<BertConfig>(context.recipe.model)) {
  const Recipe& recipe = context.recipe;
  // Training the tokenizer is deterministic, so every start makes the same one.
  WordPieceTrainerOptions pieces;
  pieces.vocab_size = static_cast<int>(recipe.tokenizer_vocab_size);
  pieces.min_frequency = static_cast<int>(recipe.tokenizer_min_frequency);
  pieces.context_length = static_cast<int>(config_.context_length);
  train_wordpiece(all_texts(context.set), pieces, context.out);
  tokenizer_ = load_tokenizer(context.out, static_cast<int>(config_.context_length));
  config_.vocab_size = tokenizer_->vocab_size();
  masking_.share = recipe.masked_share;
  masking_.mask_id = tokenizer_->find("[MASK]");
  masking_.first_word = masking_.mask_id + 1;  // train_wordpiece puts the special tokens first
  masking_.vocab_size = tokenizer_->vocab_size();

  BertInitializer random(recipe.seed);
  ParameterSource& source = initial_weights(random);
  WeightBuilder weights(source, &context.ops);
  tower_ = std::make_unique<BertTower>(weights, config_);
  transform_ = weights.linear(kHead + "transform.dense", config_.width, config_.width);
  norm_ = LayerNorm(weights, kHead + "transform.LayerNorm", config_.width, config_.eps);
  bias_ = torch_array(weights.parameter(kHead + "bias", {config_.vocab_size}));
  words_ = parameter(kWords);
  source.finish();
}

at::Tensor MaskedWordsTask::parameter(const std::string& name) const {
  for (const TorchParameter& p : context_.ops.parameters()) {
    if (p.name == name) return p.value;
  }
  throw Error(ErrorCode::internal, "the BERT tower has no parameter '", name, "'");
}

MaskedWordsTask::Predictions MaskedWordsTask::predict(std::span<const MaskedText> texts) {
  std::vector<TokenIds> tokens;
  for (const MaskedText& text : texts) tokens.push_back({text.ids, false, ""});
  const PackedTokens batch = pack_tokens(tokens);
  std::vector<int64_t> places, targets;  // rows of all texts
  for (size_t b = 0; b < texts.size(); ++b) {
    for (const int32_t position : texts[b].positions) places.push_back(batch.offsets[b] + position);
    targets.insert(targets.end(), texts[b].targets.begin(), texts[b].targets.end());
  }
  TorchOps& ops = context_.ops;
  const Tensor states =
      tower_->hidden_states(ops, ops.from_host(batch.ids), batch.offsets);  // (R, C)
  const at::Tensor flat = torch_array(states);
  const auto index = at::tensor(places, at::kLong).to(flat.device());
  // hidden_states = self.dense(hidden_states); self.transform_act_fn; self.LayerNorm
  Tensor x = wrap_torch(flat.index_select(0, index));
  x = norm_(ops, ops.linear(x, transform_, config_.activation, {}));
  // hidden_states = self.decoder(hidden_states)
  return {at::linear(torch_array(x), words_, bias_),
          at::tensor(targets, at::kLong).to(flat.device())};
}

at::Tensor MaskedWordsTask::batch_loss(std::span<const int64_t> rows, int64_t epoch) {
  const Recipe& recipe = context_.recipe;
  std::vector<MaskedText> texts;
  for (const int64_t index : rows) {
    Random random = row_random(recipe, epoch, index);
    const std::string text = random_caption(row_of(context_.set, index), recipe.captions, random);
    texts.push_back(mask_tokens(tokenizer_->encode(text).ids, masking_, random));
  }
  const Predictions predictions = predict(texts);
  return at::cross_entropy_loss(predictions.logits, predictions.targets, {}, at::Reduction::Mean,
                                -100, recipe.label_smoothing);
}

// Masks each token of each first caption once, alone. Nothing is random, so that the figures of two
// epochs, and of two models with one tokenizer, are comparable.
json MaskedWordsTask::measure(const std::vector<TrainingRow>& rows) {
  std::vector<MaskedText> texts;
  for (const TrainingRow& row : rows) {
    const auto ids = tokenizer_->encode(row.captions.front()).ids;
    for (size_t i = 1; i + 1 < ids.size(); ++i) {
      MaskedText text{ids, {static_cast<int32_t>(i)}, {ids[i]}};
      text.ids[i] = masking_.mask_id;
      texts.push_back(std::move(text));
    }
  }
  int64_t right = 0;
  double loss = 0;
  for (size_t begin = 0; begin < texts.size(); begin += kEvaluationBatch) {
    const Predictions predictions =
        predict(std::span(texts).subspan(begin, std::min(kEvaluationBatch, texts.size() - begin)));
    right += predictions.logits.argmax(1).eq(predictions.targets).sum().item<int64_t>();
    loss += at::cross_entropy_loss(predictions.logits, predictions.targets, {}, at::Reduction::Sum)
                .item<double>();
  }
  const auto count = static_cast<double>(texts.size());
  return {{"tokens", texts.size()},
          {"accuracy", static_cast<double>(right) / count},
          {"perplexity", std::exp(loss / count)}};
}

json MaskedWordsTask::evaluate() {
  json splits = json::object();
  for (const HeldOut& held_out : context_.held_out)
    splits[held_out.split] = measure(held_out.set.rows);
  return {{"vocabulary", config_.vocab_size}, {"masked_words", splits}};
}

void MaskedWordsTask::export_model(int64_t) {
  export_bert(context_.out, config_, host_copies(context_.ops.parameters()));
}

}  // namespace

std::unique_ptr<Task> make_masked_words_task(const TaskContext& context) {
  return std::make_unique<MaskedWordsTask>(context);
}

}  // namespace sightline

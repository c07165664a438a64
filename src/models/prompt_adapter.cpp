#include "models/prompt_adapter.h"

#include <sightline/error.h>

#include <cstring>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "models/bert_config.h"
#include "models/clip_config.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxVectors = 1024;
constexpr int64_t kMaxConfigBytes = 1 << 20;
constexpr const char* kBaseKey = "base_model_name_or_path";  // as in PEFT's files

// The table of tokens with the prompt as its last rows.
class PromptedSource : public ParameterSource {
 public:
  PromptedSource(std::unique_ptr<ParameterSource> base, std::string table,
                 std::shared_ptr<const Checkpoint> prompt, int64_t vectors)
      : base_(std::move(base)),
        table_(std::move(table)),
        prompt_(std::move(prompt)),
        vectors_(vectors) {}

  Tensor take(const std::string& name, const Shape& shape) override {
    if (name != table_) return base_->take(name, shape);
    const Tensor prompt = prompt_->load(kPromptTensor, prompt_shape(shape));
    const Tensor words = base_->take(name, words_shape(shape));
    Tensor all(shape, DType::f32);
    std::memcpy(all.data<float>(), words.data<float>(), words.bytes());
    std::memcpy(all.data<float>() + words.count(), prompt.data<float>(), prompt.bytes());
    return all;
  }
  void check(const std::string& name, const Shape& shape) override {
    if (name != table_) return base_->check(name, shape);
    prompt_->check(kPromptTensor, prompt_shape(shape));
    base_->check(name, words_shape(shape));
  }
  void finish() const override { base_->finish(); }
  bool uses(const std::string& file_name) const override { return base_->uses(file_name); }

 private:
  Shape prompt_shape(const Shape& shape) const { return {vectors_, shape.at(1)}; }
  Shape words_shape(const Shape& shape) const { return {shape.at(0) - vectors_, shape.at(1)}; }

  std::unique_ptr<ParameterSource> base_;
  std::string table_;
  std::shared_ptr<const Checkpoint> prompt_;
  int64_t vectors_;
};

// Inserts the prompt's ids, which follow those of the vocabulary, after the start token.
class PromptedTokenizer : public Tokenizer {
 public:
  // first: the number of rows of the model's table, which may be more than the vocabulary.
  PromptedTokenizer(std::unique_ptr<Tokenizer> base, int32_t first, int32_t vectors)
      : base_(std::move(base)), first_(first), vectors_(vectors) {}

  TokenIds encode(std::string_view text) const override {
    TokenIds tokens = base_->encode(text);
    std::vector<int32_t> prompt;
    for (int32_t m = 0; m < vectors_; ++m) prompt.push_back(first_ + m);
    tokens.ids.insert(tokens.ids.begin() + 1, prompt.begin(), prompt.end());
    return tokens;
  }
  std::string token(int32_t id) const override {
    if (id >= first_ && id < first_ + vectors_)
      return "[prompt " + std::to_string(id - first_ + 1) + "]";
    return base_->token(id);
  }
  int32_t find(std::string_view token) const override { return base_->find(token); }
  int32_t start_id() const override { return base_->start_id(); }
  int32_t end_id() const override { return base_->end_id(); }
  int32_t vocab_size() const override { return base_->vocab_size(); }
  int context_length() const override { return base_->context_length() + vectors_; }
  TokenizerProfile profile() const override { return base_->profile(); }
  std::string fingerprint() const override {
    Sha256 all;
    all.update(base_->fingerprint());
    all.update("prompt:" + std::to_string(first_) + ":" + std::to_string(vectors_));
    return to_hex(all.digest());
  }

 private:
  std::unique_ptr<Tokenizer> base_;
  int32_t first_, vectors_;
};

// Makes room for the vectors in the config, and returns the name of the table of tokens; `rows`
// gets the number of its rows before.
std::string widen_table(ModelSource& source, int64_t vectors, int64_t& rows) {
  if (auto* clip = std::any_cast<ClipConfig>(&source.config)) {
    rows = clip->vocab_size;
    clip->vocab_size += vectors;
    return "text_model.embeddings.token_embedding.weight";
  }
  if (auto* bert = std::any_cast<BertConfig>(&source.config)) {
    rows = bert->vocab_size;
    bert->vocab_size += vectors;
    return "embeddings.word_embeddings.weight";
  }
  throw Error(ErrorCode::unsupported, "the family ", source.family,
              " takes no learned prompt: expected CLIP or BERT");
}

}  // namespace

std::string prompt_base(const fs::path& directory) {
  const fs::path file = directory / kPromptConfigFile;
  if (!fs::exists(file_status(file))) return "";
  const nlohmann::json config = parse_json(read_text_file(file, kMaxConfigBytes), file.string());
  const bool named = config.is_object() && config.contains(kBaseKey);
  if (named && config.at(kBaseKey).is_string()) return config.at(kBaseKey).get<std::string>();
  throw Error(ErrorCode::invalid_data, "'", file.string(), "': '", kBaseKey, "' is ",
              named ? shown(config.at(kBaseKey)) : "missing", ", expected a text");
}

void write_prompt_config(const fs::path& directory, const std::string& base_model) {
  const Json config = {{"format", 1}, {kBaseKey, base_model}};
  write_file_atomic(directory / kPromptConfigFile, json_text(config, 2) + "\n");
}

void add_prompt(const fs::path& directory, ModelSource& source) {
  const auto prompt = std::make_shared<Checkpoint>(directory / kPromptFile);
  const TensorEntry* entry = prompt->find(kPromptTensor);
  if (entry == nullptr || prompt->entries().size() != 1 || entry->shape.size() != 2 ||
      entry->shape[0] < 1 || entry->shape[0] > kMaxVectors) {
    throw Error(ErrorCode::invalid_data, "'", prompt->where(), "' has ", prompt->entries().size(),
                " tensors", (entry == nullptr ? "" : " and a prompt of shape "),
                (entry == nullptr ? "" : shape_text(entry->shape)), ", expected one, '",
                kPromptTensor, "', of shape (1 to ", kMaxVectors, ", width of the text tower)");
  }
  if (!source.tokenizer) {
    throw Error(ErrorCode::unsupported, "the model '", source.path.string(), "' (family ",
                source.family, ") has no text tower for the prompt of '", directory.string(), "'");
  }
  const int64_t vectors = entry->shape[0];
  int64_t rows = 0;
  std::string table = widen_table(source, vectors, rows);
  source.parameters = std::make_unique<PromptedSource>(std::move(source.parameters),
                                                       std::move(table), prompt, vectors);
  source.adapters.push_back(prompt);
  source.facts.emplace_back("prompt", std::to_string(vectors));
  source.tokenizer = [base = source.tokenizer, first = static_cast<int32_t>(rows),
                      count = static_cast<int32_t>(vectors),
                      where = directory.string()](int context_length) {
    // The start token, a word and the end token.
    if (context_length < count + 3) {
      throw Error(ErrorCode::invalid_data, "the prompt of '", where, "' has ", count,
                  " vectors, but the model's texts have at most ", context_length, " ids");
    }
    return std::make_unique<PromptedTokenizer>(base(context_length - count), first, count);
  };
}

}  // namespace sightline

#include "models/bert.h"

namespace sightline {
namespace {

class BertSource : public ParameterSource {
 public:
  explicit BertSource(const Checkpoint& checkpoint) : checkpoint_(checkpoint), file_(checkpoint) {
    for (const auto& [name, entry] : checkpoint.entries()) {
      if (name.starts_with("bert.")) prefix_ = "bert.";
    }
    for (const auto& [name, entry] : checkpoint.entries()) {
      const std::string own = name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
      // Outside the encoder are the heads of BertForMaskedLM, BertForSequenceClassification …
      const bool head = !name.starts_with(prefix_) || own.starts_with("cls.");
      if (head || own.starts_with("pooler.") || own == "embeddings.position_ids" ||
          own == "embeddings.token_type_ids")
        file_.ignore(name);
    }
  }

  Tensor take(const std::string& name, const Shape& shape) override {
    return file_.take(in_file(name), shape);
  }
  void check(const std::string& name, const Shape& shape) override {
    file_.check(in_file(name), shape);
  }
  void finish() const override { file_.finish(); }
  bool uses(const std::string& file_name) const override { return file_.uses(file_name); }
  FileTensor locate(const std::string& name, const Shape& shape) const override {
    return {in_file(name), shape};
  }

 private:
  std::string in_file(const std::string& name) const {
    const std::string full = name.starts_with("cls.") ? name : prefix_ + name;
    if (checkpoint_.entries().contains(full)) return full;
    for (const auto& [now, once] : {std::pair("LayerNorm.weight", "LayerNorm.gamma"),
                                    std::pair("LayerNorm.bias", "LayerNorm.beta")}) {
      if (!full.ends_with(now)) continue;
      const std::string old = full.substr(0, full.size() - std::string_view(now).size()) + once;
      if (checkpoint_.entries().contains(old)) return old;
    }
    return full;  // missing under every name; the message has the current one
  }

  const Checkpoint& checkpoint_;
  CheckpointSource file_;
  std::string prefix_;
};

}  // namespace

std::unique_ptr<ParameterSource> bert_parameters(const Checkpoint& checkpoint) {
  return std::make_unique<BertSource>(checkpoint);
}

}  // namespace sightline

#include "eval/dual_encoder.h"

#include <sightline/error.h>

#include <utility>

namespace sightline {
namespace {

class ModelPairEncoder : public DualEncoder {
 public:
  ModelPairEncoder(Model model, int64_t batch_size, std::string choice)
      : model_(std::move(model)),
        encoder_(model_, {batch_size, true, {}}),
        choice_(std::move(choice)) {}

  const ModelInfo& info() const override { return model_.info(); }
  std::string image_profile() const override { return model_.preprocess().describe(); }
  std::string text_profile() const override {
    const Tokenizer& tokenizer = model_.tokenizer();
    return "tokenizer " + tokenizer.fingerprint() + " context " +
           std::to_string(tokenizer.context_length());
  }
  Computation computation() const override { return model_.computation(); }
  std::string precision_choice() const override { return choice_; }
  EncodedImages encode_images(std::span<const ImageInput> inputs) override {
    return encoder_.encode_images(inputs);
  }
  Matrix encode_texts(std::span<const std::string> texts) override {
    return encoder_.encode_texts(texts).vectors;
  }
  bool cuts(const std::string& text) const override {
    return model_.tokenizer().encode(text).truncated;
  }

 private:
  Model model_;
  Encoder encoder_;
  std::string choice_;
};

// Texts and images are compared, so that both towers must be there.
void require_both(const ModelInfo& info, const std::string& path) {
  if (info.has_image && info.has_text) return;
  const std::string pair =
      info.has_text ? "text=" + path + ",image=PATH" : "text=PATH,image=" + path;
  throw Error(ErrorCode::unsupported, "'", path, "' (family ", info.family, ") has no tower for ",
              (info.has_text ? "images" : "texts"), "; pair it with one that has: --model ", pair);
}

}  // namespace

std::unique_ptr<DualEncoder> load_pair_encoder(const std::filesystem::path& directory,
                                               const ModelOptions& options, int64_t batch_size,
                                               std::string choice) {
  Model model = Model::load(directory, options);
  require_both(model.info(), directory.string());
  return std::make_unique<ModelPairEncoder>(std::move(model), batch_size, std::move(choice));
}

}  // namespace sightline

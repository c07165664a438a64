#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/explain.h>

#include "explain/explained_image.h"
#include "explain/masked_encoder.h"
#include "explain/words.h"

namespace sightline {

Explanation explain(const Model& model, std::span<const uint8_t> image, const std::string& name,
                    const std::string& text, const ExplainOptions& options) {
  const std::vector<std::string> words = words_of(text);
  check_words(words.size(), options.max_words);
  const ExplainedImage explained(model, image, name, options);
  std::vector<std::string> texts = {text};
  for (size_t i = 0; i < words.size(); ++i) texts.push_back(without(words, i));
  const EncodedTexts encoded = Encoder(model).encode_texts(texts);

  Explanation out = explained.explain(encoded.vectors.row(0));
  for (size_t i = 0; i < words.size(); ++i) {
    const auto row = encoded.vectors.row(static_cast<int64_t>(i) + 1);
    out.words.push_back({words[i], out.similarity - checked_cosine(explained.vector(), row,
                                                                   "image and shortened text")});
  }
  if (encoded.tokens[0].truncated) out.kept_text = encoded.tokens[0].kept_text;
  return out;
}

}  // namespace sightline

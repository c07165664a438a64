#include "search/text_terms.h"

#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"
#include "base/text_encoding.h"
#include "base/utf8.h"
#include "search/text_parts.h"
#include "search/weighted_sum.h"

namespace sightline {
namespace {

constexpr size_t kMostParts = 100;

// The first characters of a text, for messages.
std::string beginning(const std::string& text) {
  constexpr size_t kShown = 60;  // bytes
  if (text.size() <= kShown) return text;
  return text.substr(0, valid_utf8_size(text.substr(0, kShown))) + "...";
}

std::string filled(const std::string& form, const std::string& text) {
  std::string out;
  size_t at = 0;
  for (size_t gap; (gap = form.find("{}", at)) != std::string::npos; at = gap + 2)
    out += form.substr(at, gap - at) + text;
  return out + form.substr(at);
}

bool fits(const std::string& text, const Encoder& encoder, std::span<const std::string> templates) {
  std::vector<std::string> texts;
  for (const std::string& form : templates) texts.push_back(filled(form, text));
  return std::ranges::none_of(encoder.tokenize(texts), &TokenIds::truncated);
}

void check_templates(std::span<const std::string> templates, const Encoder& encoder) {
  for (const std::string& form : templates) {
    checked_text(form);
    if (form.find("{}") == std::string::npos) {
      throw Error(ErrorCode::invalid_argument, "the template '", form,
                  "' has no {}, which stands for the text of a query");
    }
    if (!fits("", encoder, {&form, 1})) {
      throw Error(ErrorCode::invalid_argument, "the template '", beginning(form),
                  "' is longer than the model's context");
    }
  }
}

}  // namespace

EncodedTextTerms encode_text_terms(std::span<const std::string> texts, const Encoder& encoder,
                                   std::span<const std::string> templates,
                                   std::vector<std::string>& warnings, const ProgressFn& progress) {
  check_templates(templates, encoder);
  const std::string plain[] = {"{}"};
  const std::span<const std::string> forms = templates.empty() ? plain : templates;
  EncodedTextTerms out;
  std::vector<std::string> filled_texts;
  for (const std::string& text : texts) {
    const TextParts split = split_text(
        text, [&](const std::string& part) { return fits(part, encoder, forms); }, kMostParts);
    const auto parts = static_cast<int64_t>(split.parts.size());
    out.parts.push_back(parts);
    if (parts > 1) {
      warnings.push_back("'" + beginning(text) +
                         "' is longer than the model's context and was read in " +
                         counted(parts, "part") + ", whose vectors are averaged" +
                         (split.complete ? "" : "; its end was not read"));
    }
    for (const std::string& part : split.parts) {
      for (const std::string& form : forms) filled_texts.push_back(filled(form, part));
    }
  }
  const EncodedTexts encoded = encoder.encode_texts(filled_texts, progress);
  out.vectors = Matrix(static_cast<int64_t>(texts.size()), encoded.vectors.dim);
  int64_t first = 0;
  for (size_t t = 0; t < texts.size(); ++t) {
    const auto row = out.vectors.row(static_cast<int64_t>(t));
    const int64_t count = out.parts[t] * static_cast<int64_t>(forms.size());
    const std::vector<double> weights(static_cast<size_t>(count), 1);
    if (count == 1) {
      std::ranges::copy(encoded.vectors.row(first), row.begin());
    } else if (!weighted_sum(weights, encoded.vectors, first, row)) {
      throw Error(ErrorCode::invalid_argument, "the vectors of the parts of '", beginning(texts[t]),
                  "' cancel each other");
    }
    const bool truncated =
        std::any_of(encoded.tokens.begin() + first, encoded.tokens.begin() + first + count,
                    [](const TokenIds& tokens) { return tokens.truncated; });
    if (truncated)
      warnings.push_back("the model reads only the beginning of '" + beginning(texts[t]) + "'");
    first += count;
  }
  return out;
}

}  // namespace sightline

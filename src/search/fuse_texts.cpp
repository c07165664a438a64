#include "search/fuse_texts.h"

#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "search/weighted_sum.h"

namespace sightline {
namespace {

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

std::vector<std::string> fusion_texts(std::span<const std::string> captions,
                                      const std::string& value) {
  std::vector<std::string> known;
  for (const std::string& caption : captions)
    known.push_back(lowered(std::string(trimmed(caption))));
  std::vector<std::string> texts;
  for (size_t begin = 0; begin <= value.size();) {
    const size_t end = std::min(value.find('|', begin), value.size());
    std::string part(trimmed(value.substr(begin, end - begin)));
    begin = end + 1;
    if (!part.empty() && std::ranges::find(known, lowered(part)) == known.end())
      texts.push_back(std::move(part));
  }
  return texts;
}

void TextTable::add(const std::vector<std::string>& item) {
  std::vector<int64_t>& numbers = of_item.emplace_back();
  for (const std::string& text : item) {
    const auto [at, fresh] = number_.try_emplace(text, static_cast<int64_t>(texts.size()));
    if (fresh) texts.push_back(text);
    numbers.push_back(at->second);
  }
}

void fuse_vectors(const TextTable& table, const Matrix& texts, double weight, Matrix& images) {
  const bool sizes = images.rows == static_cast<int64_t>(table.of_item.size()) &&
                     texts.rows == static_cast<int64_t>(table.texts.size());
  if (!sizes || !(weight >= 0 && weight <= 1)) {
    throw Error(ErrorCode::invalid_argument, "a fusion of ", images.rows, " images and ",
                texts.rows, " texts with weight ", shown(weight), "; expected ",
                table.of_item.size(), " images, ", table.texts.size(),
                " texts and a weight from 0 to 1");
  }
  for (int64_t i = 0; i < images.rows; ++i) {
    const std::vector<int64_t>& numbers = table.of_item[static_cast<size_t>(i)];
    const auto image = images.row(i);
    const bool zero = std::ranges::all_of(image, [](float value) { return value == 0; });
    if (numbers.empty() || zero) continue;
    Matrix own(static_cast<int64_t>(numbers.size()), images.dim), both(2, images.dim);
    for (size_t t = 0; t < numbers.size(); ++t)
      std::ranges::copy(texts.row(numbers[t]), own.row(static_cast<int64_t>(t)).begin());
    if (!weighted_sum(std::vector<double>(numbers.size(), 1), own, 0, both.row(1))) continue;
    std::ranges::copy(image, both.row(0).begin());
    const double weights[] = {1 - weight, weight};
    weighted_sum(weights, both, 0, image);
  }
}

std::vector<std::string> in_templates(std::span<const std::string> texts,
                                      std::span<const std::string> templates) {
  std::vector<std::string> out;
  for (const std::string& form : templates) {
    if (form.find("{}") == std::string::npos) {
      throw Error(ErrorCode::invalid_argument, "the template '", form,
                  "' has no {}, which stands for the text of a query");
    }
  }
  for (const std::string& text : texts) {
    for (const std::string& form : templates) {
      std::string filled;
      size_t at = 0;
      for (size_t next = form.find("{}"); next != form.npos; next = form.find("{}", at)) {
        filled += form.substr(at, next - at) + text;
        at = next + 2;
      }
      out.push_back(filled + form.substr(at));
    }
    if (templates.empty()) out.push_back(text);
  }
  return out;
}

Matrix mean_of_each(Matrix vectors, int64_t count) {
  if (count <= 1) return vectors;
  Matrix out(vectors.rows / count, vectors.dim);
  const std::vector<double> weights(static_cast<size_t>(count), 1);
  for (int64_t i = 0; i < out.rows; ++i) {
    if (!weighted_sum(weights, vectors, i * count, out.row(i))) {
      throw Error(ErrorCode::invalid_argument, "the vectors of text ", i,
                  " in all templates cancel each other");
    }
  }
  return out;
}

void fuse_texts(EncodedDataset& dataset, const Model& model, const FusionOptions& options,
                const EncodeOptions& encode) {
  if (!options.active()) return;
  TextTable table;
  for (const VectorItem& item : dataset.items) {
    const auto found = item.fields.find(options.column);
    table.add(fusion_texts(item.captions, found == item.fields.end() ? "" : found->second));
  }
  if (table.texts.empty()) {
    throw Error(ErrorCode::invalid_argument, quoted(dataset.input.path),
                " has no text in the column '", options.column,
                "' (text_column) besides its captions");
  }
  EncodedTextRows texts = encode_text_rows(table.texts, model, encode);
  fuse_vectors(table, texts.vectors, options.weight, dataset.vectors);
}

}  // namespace sightline

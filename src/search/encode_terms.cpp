#include "search/encode_terms.h"

#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>

#include "base/text.h"
#include "search/text_terms.h"

namespace sightline {
namespace {

using Terms = std::span<const QueryTerm* const>;

// The rows of `terms` that are of one type.
std::vector<size_t> rows_of(Terms terms, QueryType type) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < terms.size(); ++i) {
    if (terms[i]->type == type) rows.push_back(i);
  }
  return rows;
}

void scatter(const Matrix& from, const std::vector<size_t>& rows, Matrix& to) {
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(from.row(static_cast<int64_t>(i)),
                      to.row(static_cast<int64_t>(rows[i])).begin());
  }
}

void encode_texts(Terms terms, const Encoder& encoder, std::span<const std::string> templates,
                  const TextCorrection* correction, EncodedTerms& out,
                  std::vector<std::string>& warnings) {
  const std::vector<size_t> rows = rows_of(terms, QueryType::text);
  if (rows.empty()) return;
  std::vector<std::string> texts;
  for (const size_t row : rows) texts.push_back(terms[row]->name);
  EncodedTextTerms encoded = encode_text_terms(texts, encoder, templates, warnings);
  for (int64_t i = 0; correction != nullptr && i < encoded.vectors.rows; ++i)
    correction->apply(encoded.vectors.row(i));
  scatter(encoded.vectors, rows, out.vectors);
  for (size_t i = 0; i < rows.size(); ++i) out.parts[rows[i]] = encoded.parts[i];
}

void encode_images(Terms terms, const Encoder& encoder, Matrix& out) {
  const std::vector<size_t> rows = rows_of(terms, QueryType::image);
  if (rows.empty()) return;
  std::vector<ImageInput> images;
  for (const size_t row : rows) images.push_back({terms[row]->name, terms[row]->bytes});
  const EncodedImages encoded = encoder.encode_images(images);
  for (const auto& error : encoded.errors) {
    if (error) throw Error(ErrorCode::invalid_data, *error);
  }
  scatter(encoded.vectors, rows, out);
}

void copy_vectors(Terms terms, Matrix& out) {
  for (const size_t row : rows_of(terms, QueryType::vector)) {
    const QueryTerm& term = *terms[row];
    if (static_cast<int64_t>(term.vector.size()) != out.dim) {
      throw Error(ErrorCode::invalid_argument, "the query vector '", term.name, "' has ",
                  term.vector.size(), " elements, the collection has vectors of ", out.dim);
    }
    std::ranges::copy(term.vector, out.row(static_cast<int64_t>(row)).begin());
  }
}

int64_t row_of_item(const QueryTerm& term, const Collection& collection) {
  if (term.key) {
    if (const auto found = collection.row_of_key(*term.key)) return *found;
    throw Error(ErrorCode::not_found, quoted(collection.path()), " has no image ", *term.key);
  }
  if (const auto found = collection.find_item(term.name)) return *found;
  throw Error(ErrorCode::not_found, "no item of ", quoted(collection.path()), " is named '",
              term.name, "'");
}

void look_up_items(Terms terms, const Collection& collection, Matrix& out) {
  for (const size_t row : rows_of(terms, QueryType::item)) {
    collection.vectors().copy_row(row_of_item(*terms[row], collection),
                                  out.row(static_cast<int64_t>(row)));
  }
}

}  // namespace

EncodedTerms encode_terms(Terms terms, const Collection& collection, const Model* model,
                          std::span<const std::string> templates, const TextCorrection* correction,
                          std::vector<std::string>& warnings) {
  EncodedTerms out{Matrix(static_cast<int64_t>(terms.size()), collection.vectors().dim()),
                   std::vector<int64_t>(terms.size(), 1)};
  look_up_items(terms, collection, out.vectors);
  if (model != nullptr) {
    const Encoder encoder(*model);
    encode_texts(terms, encoder, templates, correction, out, warnings);
    encode_images(terms, encoder, out.vectors);
  } else {
    for (const QueryTerm* term : terms) {
      if (term->type == QueryType::vector || term->type == QueryType::item) continue;
      throw Error(ErrorCode::invalid_argument, "the ", query_type_name(term->type), " query '",
                  term->name, "' needs a model to encode it");
    }
  }
  copy_vectors(terms, out.vectors);
  return out;
}

}  // namespace sightline

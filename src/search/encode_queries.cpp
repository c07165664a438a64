#include "search/encode_queries.h"

#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>

#include "base/finite.h"
#include "base/utf8.h"

namespace sightline {
namespace {

// The rows of `queries` that are of one type.
std::vector<size_t> rows_of(std::span<const Query> queries, QueryType type) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < queries.size(); ++i) {
    if (queries[i].type == type) rows.push_back(i);
  }
  return rows;
}

// The first characters of a text, for messages.
std::string beginning(const std::string& text) {
  constexpr size_t kShown = 60;  // bytes
  if (text.size() <= kShown) return text;
  return text.substr(0, valid_utf8_size(text.substr(0, kShown))) + "...";
}

void scatter(const Matrix& from, const std::vector<size_t>& rows, Matrix& to) {
  for (size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(from.row(static_cast<int64_t>(i)),
                      to.row(static_cast<int64_t>(rows[i])).begin());
  }
}

void encode_texts(std::span<const Query> queries, const Encoder& encoder, Matrix& out,
                  std::vector<std::string>& warnings) {
  const std::vector<size_t> rows = rows_of(queries, QueryType::text);
  if (rows.empty()) return;
  std::vector<std::string> texts;
  for (const size_t row : rows) texts.push_back(queries[row].name);
  const EncodedTexts encoded = encoder.encode_texts(texts);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (encoded.tokens[i].truncated) {
      warnings.push_back("the model reads only the beginning of '" + beginning(texts[i]) + "'");
    }
  }
  scatter(encoded.vectors, rows, out);
}

void encode_images(std::span<const Query> queries, const Encoder& encoder, Matrix& out) {
  const std::vector<size_t> rows = rows_of(queries, QueryType::image);
  if (rows.empty()) return;
  std::vector<ImageInput> images;
  for (const size_t row : rows) images.push_back({queries[row].name, queries[row].bytes});
  const EncodedImages encoded = encoder.encode_images(images);
  for (const auto& error : encoded.errors) {
    if (error) throw Error(ErrorCode::invalid_data, *error);
  }
  scatter(encoded.vectors, rows, out);
}

void copy_vectors(std::span<const Query> queries, Matrix& out) {
  for (const size_t row : rows_of(queries, QueryType::vector)) {
    const Query& query = queries[row];
    if (static_cast<int64_t>(query.vector.size()) != out.dim) {
      throw Error(ErrorCode::invalid_argument, "the query vector '", query.name, "' has ",
                  query.vector.size(), " elements, the collection has vectors of ", out.dim);
    }
    std::ranges::copy(query.vector, out.row(static_cast<int64_t>(row)).begin());
  }
}

}  // namespace

Matrix encode_queries(std::span<const Query> queries, const Model* model, int64_t dim,
                      std::vector<std::string>& warnings) {
  Matrix out(static_cast<int64_t>(queries.size()), dim);
  if (model != nullptr) {
    const Encoder encoder(*model);
    encode_texts(queries, encoder, out, warnings);
    encode_images(queries, encoder, out);
  } else {
    for (const Query& query : queries) {
      if (query.type == QueryType::vector) continue;
      throw Error(ErrorCode::invalid_argument, "the ", query_type_name(query.type), " query '",
                  query.name, "' needs a model to encode it");
    }
  }
  copy_vectors(queries, out);
  for (size_t i = 0; i < queries.size(); ++i) {
    if (all_finite(out.row(static_cast<int64_t>(i)))) continue;
    throw Error(ErrorCode::invalid_argument, "the vector of query ", i, " ('", queries[i].name,
                "') has a NaN or an infinity");
  }
  return out;
}

}  // namespace sightline

#include <sightline/vectors.h>

#include <utility>

namespace sightline {

WrittenVectors write_image_vectors(RowReader& rows, const Model& model,
                                   const EncodeOptions& options, VectorSetWriter& out) {
  WrittenVectors written;
  written.summary = encode_rows(rows, model, options, [&](EncodedRow&& encoded) {
    if (encoded.row.error) {
      written.skipped.push_back({std::move(encoded.row.id), std::move(*encoded.row.error)});
    } else {
      out.add(encoded.vector, item_of(std::move(encoded.row)));
    }
  });
  return written;
}

WrittenVectors write_text_vectors(std::span<const std::string> texts, const Model& model,
                                  const EncodeOptions& options, VectorSetWriter& out) {
  EncodedTextRows encoded = encode_text_rows(texts, model, options);
  WrittenVectors written;
  written.summary = {static_cast<int64_t>(texts.size()), encoded.counts,
                     std::move(encoded.warnings)};
  for (size_t i = 0; i < texts.size(); ++i) {
    VectorItem item{"line-" + std::to_string(i + 1), {texts[i]}, {}};
    if (encoded.tokens[i].truncated) {
      item.fields["kept_text"] = encoded.tokens[i].kept_text;
      ++written.truncated;
    }
    out.add(encoded.vectors.row(static_cast<int64_t>(i)), item);
  }
  return written;
}

}  // namespace sightline

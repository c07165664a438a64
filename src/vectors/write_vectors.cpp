#include <sightline/vectors.h>

#include <algorithm>
#include <utility>

namespace sightline {

WrittenVectors write_image_vectors(RowReader& rows, const Model& model,
                                   const EncodeOptions& options, VectorSetWriter& out) {
  WrittenVectors written;
  const int64_t limit = rows.max_captions();
  std::vector<int64_t> captions;  // of each row of `out`, only if they are limited
  written.summary = encode_rows(rows, model, options, [&](EncodedRow&& encoded) {
    if (encoded.repeats) {
      std::vector<std::string> more = item_of(std::move(encoded.row)).captions;
      if (limit > 0) {
        int64_t& count = captions[static_cast<size_t>(*encoded.repeats)];
        const int64_t fits = std::min(limit - count, static_cast<int64_t>(more.size()));
        more.resize(static_cast<size_t>(fits));
        count += fits;
      }
      out.add_captions(*encoded.repeats, more);
    } else if (encoded.row.error) {
      written.skipped.push_back({std::move(encoded.row.id), std::move(*encoded.row.error)});
    } else {
      const VectorItem item = item_of(std::move(encoded.row));
      if (limit > 0) captions.push_back(static_cast<int64_t>(item.captions.size()));
      out.add(encoded.vector, item);
    }
  });
  return written;
}

WrittenVectors write_text_vectors(std::span<const std::string> texts, const Model& model,
                                  const EncodeOptions& options, VectorSetWriter& out) {
  EncodedTextRows encoded = encode_text_rows(texts, model, options);
  WrittenVectors written;
  written.summary = {static_cast<int64_t>(texts.size()), 0, encoded.counts,
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

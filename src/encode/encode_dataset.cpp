#include <sightline/encode.h>

#include <utility>

namespace sightline {
namespace {

bool blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
}

DatasetRow describe(Row&& row) {
  DatasetRow out{std::move(row.id), std::move(row.split), {}, std::move(row.extra)};
  for (std::string& caption : row.captions) {
    if (!blank(caption)) out.captions.push_back(std::move(caption));
  }
  return out;
}

}  // namespace

EncodedImageRows encode_dataset_images(RowReader& rows, const Model& model,
                                       const EncodeOptions& options) {
  EncodedImageRows out;
  out.format = rows.format();
  out.vectors.dim = model.info().embedding_dim;
  EncodeSummary summary = encode_rows(rows, model, options, [&](EncodedRow&& encoded) {
    if (encoded.row.error) {
      out.skipped.push_back({std::move(encoded.row.id), std::move(*encoded.row.error)});
      return;
    }
    out.vectors.values.insert(out.vectors.values.end(), encoded.vector.begin(),
                              encoded.vector.end());
    ++out.vectors.rows;
    out.rows.push_back(describe(std::move(encoded.row)));
  });
  out.counts = summary.counts;
  out.warnings = std::move(summary.warnings);
  return out;
}

EncodedImageRows encode_dataset_images(const DatasetInput& input, const Model& model,
                                       const EncodeOptions& options) {
  RowReader rows(input);
  return encode_dataset_images(rows, model, options);
}

}  // namespace sightline

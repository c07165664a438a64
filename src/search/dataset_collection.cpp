#include <sightline/error.h>
#include <sightline/search.h>

#include <utility>

#include "encode/repeated_images.h"

namespace sightline {
namespace {

class DatasetCollection : public Collection {
 public:
  explicit DatasetCollection(EncodedDataset dataset)
      : dataset_(std::move(dataset)),
        provenance_(dataset_.provenance),
        encoding_(dataset_.encoding),
        index_(VectorIndex::view(dataset_.vectors,
                                 "the vectors of '" + dataset_.input.path.string() + "'")) {}

  CollectionType type() const override { return CollectionType::dataset; }
  const std::filesystem::path& path() const override { return dataset_.input.path; }
  const VectorIndex& vectors() const override { return index_; }
  const std::optional<VectorProvenance>& provenance() const override { return provenance_; }
  const std::optional<CollectionEncoding>& encoding() const override { return encoding_; }

  std::vector<VectorItem> items(std::span<const int64_t> rows) const override {
    std::vector<VectorItem> out;
    for (const int64_t row : rows) {
      if (row < 0 || row >= index_.rows()) {
        throw Error(ErrorCode::invalid_argument, "'", path().string(), "' has no row ", row,
                    ", only ", index_.rows(), " rows");
      }
      out.push_back(dataset_.items[static_cast<size_t>(row)]);
    }
    return out;
  }

  std::vector<std::vector<uint8_t>> read_images(std::span<const VectorItem> items) const override {
    return read_source_images({dataset_.input, {}}, items);
  }

  std::vector<std::string> warnings() const override { return dataset_.warnings; }

 private:
  EncodedDataset dataset_;
  std::optional<VectorProvenance> provenance_;
  std::optional<CollectionEncoding> encoding_;
  VectorIndex index_;  // of dataset_.vectors
};

}  // namespace

std::unique_ptr<Collection> dataset_collection(EncodedDataset dataset) {
  if (dataset.vectors.rows != static_cast<int64_t>(dataset.items.size())) {
    throw Error(ErrorCode::invalid_argument, "'", dataset.input.path.string(), "' has ",
                dataset.vectors.rows, " vectors and ", dataset.items.size(), " items");
  }
  return std::make_unique<DatasetCollection>(std::move(dataset));
}

std::unique_ptr<Collection> open_dataset_collection(RowReader& rows, const DatasetInput& input,
                                                    const Model& model,
                                                    const EncodeOptions& options,
                                                    const std::string& precision_choice) {
  EncodeOptions unit_length = options;
  unit_length.normalize = true;
  EncodedDataset out;
  out.input = input;
  out.vectors.dim = model.info().embedding_dim;
  EncodeSummary summary = encode_rows(rows, model, unit_length, [&](EncodedRow&& encoded) {
    if (encoded.repeats) {
      VectorItem& first = out.items[static_cast<size_t>(*encoded.repeats)];
      append_captions(first.captions, item_of(std::move(encoded.row)).captions,
                      input.options.max_captions);
      return;
    }
    if (encoded.row.error) {
      out.encoding.skipped.push_back({std::move(encoded.row.id), std::move(*encoded.row.error)});
      return;
    }
    std::vector<float>& values = out.vectors.values;
    values.insert(values.end(), encoded.vector.begin(), encoded.vector.end());
    ++out.vectors.rows;
    out.items.push_back(item_of(std::move(encoded.row)));
  });
  out.provenance = provenance_of(model, VectorKind::images);
  out.provenance.source = VectorSource{input, {}};
  out.encoding.counts = summary.counts;
  out.encoding.repeated = summary.repeated;
  out.encoding.precision_choice = precision_choice;
  out.warnings = std::move(summary.warnings);
  return dataset_collection(std::move(out));
}

std::unique_ptr<Collection> open_dataset_collection(const DatasetInput& input, const Model& model,
                                                    const EncodeOptions& options) {
  RowReader rows(input);
  return open_dataset_collection(rows, input, model, options);
}

}  // namespace sightline

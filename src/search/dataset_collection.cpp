#include <sightline/error.h>
#include <sightline/search.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "data/no_image.h"
#include "encode/repeated_images.h"
#include "search/dataset_names.h"
#include "search/image_file.h"

namespace sightline {
namespace {

using Images = std::vector<std::vector<uint8_t>>;

// The source from which the images of one data set are read again.
struct Part {
  std::string name;  // empty if it is the only one
  DatasetInput input;
};

// All data sets as one, whose items have the names of their data sets.
struct Joined {
  std::vector<Part> parts;
  std::filesystem::path path;
  std::vector<CollectionPart> described;  // empty for one data set
  Matrix vectors;
  std::vector<VectorItem> items;
  std::optional<VectorProvenance> provenance;
  std::optional<CollectionEncoding> encoding;
  std::vector<std::string> warnings;
};

class DatasetCollection : public Collection {
 public:
  explicit DatasetCollection(Joined data)
      : data_(std::move(data)),
        index_(VectorIndex::view(data_.vectors, "the vectors of " + quoted(data_.path))) {}

  CollectionType type() const override { return CollectionType::dataset; }
  const std::filesystem::path& path() const override { return data_.path; }
  const std::vector<CollectionPart>& parts() const override { return data_.described; }
  const VectorIndex& vectors() const override { return index_; }
  const std::optional<VectorProvenance>& provenance() const override { return data_.provenance; }
  const std::optional<CollectionEncoding>& encoding() const override { return data_.encoding; }

  std::vector<VectorItem> items(std::span<const int64_t> rows) const override {
    std::vector<VectorItem> out;
    for (const int64_t row : rows) {
      if (row < 0 || row >= index_.rows()) {
        throw Error(ErrorCode::invalid_argument, "'", path().string(), "' has no row ", row,
                    ", only ", index_.rows(), " rows");
      }
      out.push_back(data_.items[static_cast<size_t>(row)]);
    }
    return out;
  }

  Images read_images(std::span<const VectorItem> items) const override {
    if (data_.parts.size() == 1) return read_source_images({data_.parts[0].input, {}}, items);
    Images images(items.size());
    size_t found = 0;
    for (const Part& part : data_.parts) {
      std::vector<VectorItem> own;
      std::vector<size_t> places;
      for (size_t i = 0; i < items.size(); ++i) {
        if (items[i].dataset != part.name) continue;
        own.push_back(items[i]);
        places.push_back(i);
      }
      if (own.empty()) continue;
      found += own.size();
      Images read = read_source_images({part.input, {}}, own);
      for (size_t i = 0; i < places.size(); ++i) images[places[i]] = std::move(read[i]);
    }
    if (found != items.size()) {
      throw Error(ErrorCode::invalid_argument, "an image to read is of no data set of ",
                  quoted(path()));
    }
    return images;
  }

  std::filesystem::path file_of(const VectorItem& item) const override {
    for (const Part& part : data_.parts) {
      if (item.dataset == part.name) return image_file({part.input, {}}, item);
    }
    return Collection::file_of(item);
  }

  std::vector<std::string> warnings() const override { return data_.warnings; }

 private:
  Joined data_;
  VectorIndex index_;  // of data_.vectors
};

void check_sizes(const EncodedDataset& dataset) {
  if (dataset.vectors.rows == static_cast<int64_t>(dataset.items.size())) return;
  throw Error(ErrorCode::invalid_argument, "'", dataset.input.path.string(), "' has ",
              dataset.vectors.rows, " vectors and ", dataset.items.size(), " items");
}

Joined only(EncodedDataset dataset) {
  check_sizes(dataset);
  Joined out;
  out.path = dataset.input.path;
  out.parts.push_back({"", std::move(dataset.input)});
  out.vectors = std::move(dataset.vectors);
  out.items = std::move(dataset.items);
  out.provenance = std::move(dataset.provenance);
  out.encoding = std::move(dataset.encoding);
  out.warnings = std::move(dataset.warnings);
  return out;
}

void require_same_vectors(const EncodedDataset& first, const EncodedDataset& other) {
  const ProvenanceMatch match = match_provenance(first.provenance, other.provenance);
  if (match.model && match.preprocessing && match.computation &&
      first.vectors.dim == other.vectors.dim)
    return;
  throw Error(ErrorCode::invalid_argument, "the vectors of ", quoted(first.input.path), " and ",
              quoted(other.input.path),
              " were not computed in the same way by the same model, so that they cannot be "
              "searched together");
}

void add_encoding(CollectionEncoding& sum, CollectionEncoding&& more, const std::string& name) {
  sum.counts.encoded_images += more.counts.encoded_images;
  sum.counts.cached_images += more.counts.cached_images;
  sum.counts.seconds += more.counts.seconds;
  sum.repeated += more.repeated;
  if (sum.precision_choice.empty()) sum.precision_choice = std::move(more.precision_choice);
  for (SkippedRow& row : more.skipped) {
    row.dataset = name;
    sum.skipped.push_back(std::move(row));
  }
}

// Releases the vectors of each data set after copying them.
Joined join(std::vector<EncodedDataset> datasets) {
  std::vector<DatasetInput> inputs;
  size_t elements = 0;
  for (const EncodedDataset& dataset : datasets) {
    check_sizes(dataset);
    require_same_vectors(datasets.front(), dataset);
    inputs.push_back(dataset.input);
    elements += dataset.vectors.values.size();
  }
  const std::vector<std::string> names = dataset_names(inputs);
  Joined out;
  out.provenance = datasets.front().provenance;
  out.provenance->source.reset();
  out.encoding.emplace();
  out.vectors.dim = datasets.front().vectors.dim;
  out.vectors.values.reserve(elements);
  for (size_t d = 0; d < datasets.size(); ++d) {
    EncodedDataset dataset = std::move(datasets[d]);
    const int64_t rows = dataset.vectors.rows;
    out.path += (d == 0 ? "" : ", ") + inputs[d].path.string();
    out.parts.push_back({names[d], inputs[d]});
    out.described.push_back({names[d], inputs[d].path, rows});
    out.vectors.rows += rows;
    out.vectors.values.insert(out.vectors.values.end(), dataset.vectors.values.begin(),
                              dataset.vectors.values.end());
    for (VectorItem& item : dataset.items) {
      item.dataset = names[d];
      out.items.push_back(std::move(item));
    }
    if (rows == 0) {
      out.warnings.push_back(dataset.encoding.skipped.empty()
                                 ? no_image_in(inputs[d].path)
                                 : "no image of " + quoted(inputs[d].path) + " can be searched");
    }
    add_encoding(*out.encoding, std::move(dataset.encoding), names[d]);
    std::ranges::move(dataset.warnings, std::back_inserter(out.warnings));
  }
  return out;
}

}  // namespace

std::unique_ptr<Collection> dataset_collection(EncodedDataset dataset) {
  return std::make_unique<DatasetCollection>(only(std::move(dataset)));
}

std::unique_ptr<Collection> dataset_collection(std::vector<EncodedDataset> datasets) {
  if (datasets.empty())
    throw Error(ErrorCode::invalid_argument, "a collection needs at least one data set");
  if (datasets.size() == 1) return dataset_collection(std::move(datasets.front()));
  return std::make_unique<DatasetCollection>(join(std::move(datasets)));
}

EncodedDataset encode_dataset(RowReader& rows, const DatasetInput& input, const Model& model,
                              const EncodeOptions& options, const std::string& precision_choice) {
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
  return out;
}

std::unique_ptr<Collection> open_dataset_collection(RowReader& rows, const DatasetInput& input,
                                                    const Model& model,
                                                    const EncodeOptions& options,
                                                    const std::string& precision_choice) {
  return dataset_collection(encode_dataset(rows, input, model, options, precision_choice));
}

std::unique_ptr<Collection> open_dataset_collection(const DatasetInput& input, const Model& model,
                                                    const EncodeOptions& options) {
  RowReader rows(input);
  return open_dataset_collection(rows, input, model, options);
}

std::unique_ptr<Collection> open_dataset_collection(std::span<const DatasetInput> inputs,
                                                    const Model& model,
                                                    const EncodeOptions& options) {
  dataset_names(inputs);  // refuses a repeated path before encoding
  std::vector<EncodedDataset> datasets;
  for (const DatasetInput& input : inputs) {
    RowReader rows(input);
    datasets.push_back(encode_dataset(rows, input, model, options));
  }
  return dataset_collection(std::move(datasets));
}

}  // namespace sightline

#include <sightline/error.h>
#include <sightline/search.h>

#include <utility>

#include "search/image_file.h"

namespace sightline {
namespace {

class VectorCollection : public Collection {
 public:
  explicit VectorCollection(VectorSet set) : set_(std::move(set)) {}

  CollectionType type() const override { return CollectionType::vectors; }
  const std::filesystem::path& path() const override { return set_.path(); }
  const std::vector<CollectionPart>& parts() const override { return parts_; }
  const VectorIndex& vectors() const override { return set_.index(); }
  const std::optional<VectorProvenance>& provenance() const override { return set_.provenance(); }
  const std::optional<CollectionEncoding>& encoding() const override { return encoding_; }

  std::vector<VectorItem> items(std::span<const int64_t> rows) const override {
    return set_.items(rows);
  }

  std::vector<std::vector<uint8_t>> read_images(std::span<const VectorItem> items) const override {
    if (set_.kind() == VectorKind::texts) {
      throw Error(ErrorCode::invalid_argument, "the vectors of '", path().string(),
                  "' are of texts: there are no images to read");
    }
    if (!set_.has_ids()) {
      throw Error(ErrorCode::invalid_argument, "the vectors of '", path().string(),
                  "' have no ids: the images that they were made of are unknown");
    }
    const auto& provenance = set_.provenance();
    const VectorSource files;
    return read_source_images(provenance && provenance->source ? *provenance->source : files,
                              items);
  }

  std::filesystem::path file_of(const VectorItem& item) const override {
    const auto& provenance = set_.provenance();
    if (!provenance || !provenance->source) return Collection::file_of(item);
    return image_file(*provenance->source, item);
  }

  std::vector<std::string> warnings() const override { return set_.warnings(); }

 private:
  VectorSet set_;
  std::vector<CollectionPart> parts_;  // empty
  std::optional<CollectionEncoding> encoding_;
};

}  // namespace

std::string_view collection_type_name(CollectionType type) {
  switch (type) {
    case CollectionType::vectors:
      return "vectors";
    case CollectionType::dataset:
      return "dataset";
    case CollectionType::library:
      break;
  }
  return "library";
}

std::unique_ptr<Collection> open_vector_collection(const std::filesystem::path& path) {
  VectorSet set = VectorSet::open(path, {.kind = std::nullopt, .unit_length = true});
  if (set.provenance() && !set.provenance()->unit_length) {
    throw Error(ErrorCode::invalid_argument, "'", path.string(),
                "' has vectors that are not of unit length, whose inner products do not rank "
                "images: encode without --raw");
  }
  return std::make_unique<VectorCollection>(std::move(set));
}

}  // namespace sightline

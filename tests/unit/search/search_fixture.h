// Three vectors as a vector set and as a data set.
#pragma once

#include <gtest/gtest.h>
#include <sightline/search.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sightline::test {

namespace fs = std::filesystem;

inline bool one_contains(const std::vector<std::string>& texts, const std::string& part) {
  for (const std::string& text : texts) {
    if (text.find(part) != std::string::npos) return true;
  }
  return false;
}

class Search : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_search_test." + std::to_string(::getpid()));
    fs::create_directories(folder_);
    npy_ = folder_ / "v.npy";
  }
  void TearDown() override { fs::remove_all(folder_); }

  static VectorItem item(int i) {
    VectorItem made{"id-" + std::to_string(i), {}, {}};
    if (i == 1) made.captions = {"second", "another"};
    if (i == 1) made.fields["split"] = "test";
    return made;
  }
  static std::vector<float> vector(int i) {
    return {i == 0 ? 1.f : 0.f, i == 1 ? 0.6f : 0.f, i == 1 ? 0.8f : i == 2 ? -1.f : 0.f};
  }

  std::unique_ptr<Collection> vector_set(VectorProvenance provenance = {}) const {
    VectorSetWriter writer(npy_, 3, std::move(provenance));
    for (int i = 0; i < 3; ++i) writer.add(vector(i), item(i));
    writer.close();
    return open_vector_collection(npy_);
  }

  static EncodedDataset encoded() {
    EncodedDataset data;
    data.input.path = "data";
    data.vectors = Matrix(3, 3);
    for (int i = 0; i < 3; ++i) {
      std::ranges::copy(vector(i), data.vectors.row(i).begin());
      data.items.push_back(item(i));
    }
    data.encoding.counts.encoded_images = 2;
    data.encoding.counts.cached_images = 1;
    data.encoding.skipped = {{"broken.png", "is no image"}};
    data.warnings = {"a warning"};
    return data;
  }

  // Two data sets in folders of the same name; the second one has no split.
  static std::vector<EncodedDataset> two() {
    std::vector<EncodedDataset> data = {encoded(), encoded()};
    data[0].input.path = "a/data";
    data[1].input.path = "b/data";
    data[1].items[1].fields.clear();
    data[1].encoding.skipped.clear();
    data[1].warnings = {"another"};
    return data;
  }

  fs::path folder_, npy_;
};

}  // namespace sightline::test

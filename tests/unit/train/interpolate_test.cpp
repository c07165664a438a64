#include "train/fine_tune/interpolate.h"

#include <gtest/gtest.h>
#include <sightline/model.h>

#include <cmath>
#include <map>

#include "base/file.h"
#include "models/model_source.h"
#include "train/fine_tune/adapter_export.h"
#include "train/fine_tune/layout_writer.h"
#include "train/fine_tune/report_files.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

const fs::path kModels = fs::path(SIGHTLINE_SOURCE_DIR) / "models";

Matrix texts_of(const Model& model) {
  const std::vector<TokenIds> tokens = {model.tokenizer().encode("a red heart"),
                                        model.tokenizer().encode("two dogs")};
  Matrix vectors = model.encode_tokens(tokens);
  normalize_rows(vectors);
  return vectors;
}

Matrix pixels_of(const Model& model) {
  const int side = model.info().image_size;
  std::vector<float> pixels(static_cast<size_t>(3 * side * side));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = std::sin(static_cast<float>(i) * 0.37f);
  Matrix vectors = model.encode_pixels(pixels, 1);
  normalize_rows(vectors);
  return vectors;
}

// A map that is not the identity.
AdapterMaps made_maps(int64_t dim) {
  AdapterMaps maps = identity_maps(dim);
  for (size_t i = 0; i < maps.image.values.size(); ++i) {
    maps.image.values[i] += 0.05f * std::sin(static_cast<float>(i));
    maps.text.values[i] += 0.05f * std::cos(static_cast<float>(i));
  }
  return maps;
}

double cosine(const Matrix& a, const Matrix& b, int64_t row) {
  double sum = 0;
  for (int64_t i = 0; i < a.dim; ++i)
    sum += static_cast<double>(a.row(row)[static_cast<size_t>(i)]) *
           b.row(row)[static_cast<size_t>(i)];
  return sum;
}

class FoldedAdapter : public ::testing::TestWithParam<const char*> {};

// The written model's vectors are the mapped vectors of the start: transformers' layout (fp16),
// where projections have no bias, and OpenCLIP's, where that of a ResNet has one.
TEST_P(FoldedAdapter, HasTheMappedVectors) {
  const fs::path start = kModels / GetParam();
  const TemporaryFolder folder;
  const Model before = Model::load(start);
  const AdapterMaps maps = made_maps(before.info().embedding_dim);
  const ModelSource source = open_model(start);
  const FoldableTowers towers = foldable_towers(source);
  ASSERT_TRUE(towers.image && towers.text);
  write_in_layout(source, fold_maps(source, maps), folder.path() / "out");
  const Model after = Model::load(folder.path() / "out");
  RetrievalSet set;
  set.images = pixels_of(before);
  set.texts = texts_of(before);
  const RetrievalSet mapped = apply_maps(set, maps);
  EXPECT_GT(cosine(mapped.images, pixels_of(after), 0), 1 - 2e-6);
  for (int64_t i = 0; i < 2; ++i) EXPECT_GT(cosine(mapped.texts, texts_of(after), i), 1 - 2e-6);
  EXPECT_LT(cosine(set.images, mapped.images, 0), 0.99);
}

// Share 0 has the vectors of the start, share 1 the bytes of the result, one half those between.
TEST_P(FoldedAdapter, IsInterpolated) {
  const fs::path start = kModels / GetParam();
  const TemporaryFolder folder;
  const fs::path out = folder.path();
  const Model before = Model::load(start);
  const AdapterMaps maps = made_maps(before.info().embedding_dim);
  const ModelSource source = open_model(start);
  write_in_layout(source, fold_maps(source, maps), out / "tuned");
  for (const double share : {0.0, 0.5, 1.0}) {
    const fs::path folder_of_share = out / std::to_string(share);
    write_interpolated(start, out / "tuned", share, folder_of_share);
    const Model model = Model::load(folder_of_share);
    RetrievalSet set;
    set.images = pixels_of(before);
    set.texts = texts_of(before);
    const RetrievalSet mapped = apply_maps(set, interpolate_maps(maps, share));
    EXPECT_GT(cosine(mapped.images, pixels_of(model), 0), 1 - 2e-6) << share;
    EXPECT_GT(cosine(mapped.texts, texts_of(model), 1), 1 - 2e-6) << share;
    if (share == 0) {
      EXPECT_EQ(texts_of(model).values, texts_of(before).values);
    }
    if (share == 1) {
      EXPECT_EQ(Model::load(out / "tuned").info().fingerprint, model.info().fingerprint);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, FoldedAdapter, ::testing::Values("emoji-vit-8", "emoji-rn"),
                         [](const auto& instance) {
                           return std::string(instance.param) == "emoji-rn" ? "OpenClip"
                                                                            : "Transformers";
                         });

TEST(ModelCard, ReadsTheLicence) {
  EXPECT_EQ(licence_of(kModels / "emoji-vit-8"), "apache-2.0");
  const TemporaryFolder folder;
  EXPECT_EQ(licence_of(folder.path()), "");
  folder.write("README.md", "# A model\nlicense: mit\n");
  EXPECT_EQ(licence_of(folder.path()), "") << "not in the front matter";
}

}  // namespace
}  // namespace sightline

// Deployment: what it returns, and what it refuses.
#include <gtest/gtest.h>
#include <sightline/deployment.h>
#include <sightline/error.h>

#include <vector>

#include "expect_error.h"
#include "measure/peak_memory.h"

namespace sightline {
namespace {

using test::expect_error;

const std::filesystem::path kModel = SIGHTLINE_SOURCE_DIR "/models/emoji-vit-8";

TEST(Deployment, MeasuresEachModel) {
  const std::vector<DeployedModel> models = {{kModel, "full", Precision::fp32},
                                             {kModel, "small", Precision::bf16}};
  DeploymentOptions options;
  options.batch_size = 4;
  options.rounds = 1;
  options.least_seconds = 0;
  options.price_per_hour = 2;
  const Deployment found = measure_deployment(models, options);
  ASSERT_EQ(found.rows.size(), 2u);
  EXPECT_EQ(found.rows[1].label, "small");
  EXPECT_EQ(found.rows[1].computation.precision, Precision::bf16);
  for (const DeploymentRow& row : found.rows) {
    EXPECT_GT(row.images_per_second, 0);
    EXPECT_GT(row.text_ms, 0);
    EXPECT_GT(row.search_ms, 0);
    EXPECT_EQ(row.bytes_per_image, 4 * 256);
    // The weights have 4.8 M elements.
    EXPECT_GT(row.peak_memory_bytes, 4'000'000);
    EXPECT_LT(row.peak_memory_bytes, int64_t{1} << 30);
    EXPECT_DOUBLE_EQ(hours_per_million(row), 1e6 / row.images_per_second / 3600);
    EXPECT_DOUBLE_EQ(*cost_per_million(found, row), 2 * hours_per_million(row));
    EXPECT_DOUBLE_EQ(query_ms(row), row.text_ms + row.search_ms);
  }
  EXPECT_EQ(found.rows[0].search_ms, found.rows[1].search_ms);  // measured once for 256 dimensions
  EXPECT_FALSE(found.processor.empty());
  EXPECT_GE(found.threads, 1);
}

TEST(Deployment, RefusesWrongOptions) {
  const std::vector<DeployedModel> model = {{kModel, "full", Precision::fp32}};
  DeploymentOptions options;
  expect_error(ErrorCode::invalid_argument, "a deployment needs at least one model",
               [&] { measure_deployment({}, options); });
  options.price_per_hour = -1;
  expect_error(ErrorCode::invalid_argument, "the price per hour is -1",
               [&] { measure_deployment(model, options); });
  options.price_per_hour.reset();
  options.batch_size = 0;
  expect_error(ErrorCode::invalid_argument, "batch size 0, expected 1 to 4096",
               [&] { measure_deployment(model, options); });
}

TEST(ResidentMemory, GrowsByWhatIsWritten) {
  release_free_memory();
  const int64_t before = resident_memory_bytes();
  if (before == 0) GTEST_SKIP() << "the resident memory is unknown on this system";
  const std::vector<char> block(size_t{64} << 20, 1);
  EXPECT_GT(resident_memory_bytes() - before, int64_t{60} << 20);
}

}  // namespace
}  // namespace sightline

#include "library/null_model_stage.h"

#include <gtest/gtest.h>

namespace sightline::library {
namespace {

TEST(NullModelStageTest, ChangesWhenAboutAQuarterWasReplaced) {
  const std::string first = null_model_stage(1000, 1000);
  EXPECT_EQ(null_model_stage(1000, 1150), first);
  EXPECT_NE(null_model_stage(1000, 1250), first);
  EXPECT_NE(null_model_stage(1000, 2000), null_model_stage(1000, 1250));
}

TEST(NullModelStageTest, ChangesWhenAboutAQuarterWasAdded) {
  int changes = 0;
  for (int64_t rows = 1001; rows <= 10'000; ++rows)
    changes += null_model_stage(rows, rows) != null_model_stage(rows - 1, rows - 1);
  EXPECT_EQ(changes, 11);  // log(10) / log(1.25) = 10.3, and both ends are within a step
}

TEST(NullModelStageTest, ChangesWhenAboutAQuarterWasRemoved) {
  EXPECT_NE(null_model_stage(750, 1000), null_model_stage(1000, 1000));
  EXPECT_NE(null_model_stage(0, 1), null_model_stage(1, 1));
}

}  // namespace
}  // namespace sightline::library

#include "server/explanation_service.h"

#include <gtest/gtest.h>

namespace sightline::server {
namespace {

TEST(AffordableCells, FitTwoSecondsAndAreNeverFewerThanFour) {
  ModelInfo info;
  info.image_size = 224;
  info.patch_size = 16;
  EXPECT_EQ(affordable_cells(info, 0), 14);
  EXPECT_EQ(affordable_cells(info, 0.006), 14);  // 324 encodings
  EXPECT_EQ(affordable_cells(info, 0.0199), 8);  // 100
  EXPECT_EQ(affordable_cells(info, 0.06), 4);    // 25
  EXPECT_EQ(affordable_cells(info, 10), 4);
  info.image_size = 64;
  info.patch_size = 8;
  EXPECT_EQ(affordable_cells(info, 0.01), 8);
}

}  // namespace
}  // namespace sightline::server

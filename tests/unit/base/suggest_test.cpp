#include "base/suggest.h"

#include <gtest/gtest.h>

#include <fstream>

namespace sightline {
namespace {

namespace fs = std::filesystem;

TEST(Closest, FindsMisspeltNames) {
  const std::vector<std::string> options = {"dataset", "model", "json", "batch-size", "out"};
  EXPECT_EQ(closest("dataste", options), "dataset");  // swapped
  EXPECT_EQ(closest("datset", options), "dataset");   // left out
  EXPECT_EQ(closest("modell", options), "model");     // one too many
  EXPECT_EQ(closest("jsn", options), "json");
  EXPECT_EQ(closest("batch_size", options), "batch-size");
  EXPECT_EQ(closest("Model", options), "model");
  EXPECT_EQ(closest("batch", options), "batch-size");  // the beginning of a name
  EXPECT_EQ(closest("output", options), "out");        // a name and more
}

TEST(Closest, SuggestsNothingForOtherWords) {
  const std::vector<std::string> options = {"dataset", "model", "json"};
  EXPECT_EQ(closest("verbose", options), "");
  EXPECT_EQ(closest("", options), "");
  EXPECT_EQ(closest("x", options), "");
  EXPECT_EQ(closest(std::string(100'000, 'a'), options), "");
  EXPECT_EQ(did_you_mean("verbose", options), "");
  EXPECT_EQ(did_you_mean("modle", options), "; did you mean 'model'?");
}

TEST(NearestPath, NamesWhatExists) {
  const fs::path folder = fs::path(::testing::TempDir()) / "nearest_path_test";
  fs::create_directories(folder / "photos");
  std::ofstream(folder / "captions.csv") << "x";
  EXPECT_EQ(nearest_path(folder / "phtoos"),
            "; did you mean '" + (folder / "photos").string() + "'?");
  EXPECT_EQ(nearest_path(folder / "vectors/"),
            "; '" + folder.string() + "' has 'captions.csv', 'photos'");
  EXPECT_EQ(nearest_path(folder / "none" / "deep" / "x"),
            "; the folder '" + (folder / "none").string() + "' does not exist");
  EXPECT_EQ(nearest_path(folder / "captions.csv" / "x"),
            "; '" + (folder / "captions.csv").string() + "' is not a folder");
  EXPECT_EQ(nearest_path(folder / "photos" / "x"),
            "; '" + (folder / "photos").string() + "' is empty");
  EXPECT_EQ(nearest_path(fs::path(folder.string() + "s") / "photos"),
            "; did you mean '" + (folder / "photos").string() + "'?");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace sightline

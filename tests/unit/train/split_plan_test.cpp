#include "train/fine_tune/split_plan.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "expect_error.h"
#include "train/image_parts.h"
#include "unit/data/temporary_folder.h"

namespace sightline {
namespace {

using testing::TemporaryFolder;

PlannedImage image_of(int number, uint64_t hash, const std::string& split = "") {
  PlannedImage image;
  image.id = "image " + std::to_string(number);
  image.digest =
      sha256(std::vector<uint8_t>{static_cast<uint8_t>(number), static_cast<uint8_t>(number >> 8)});
  image.captions = {"caption"};
  image.sketch.hash = hash;
  image.split = split;
  return image;
}

// Images whose hashes differ in about half of their bits; every third is near to the one before.
SplitPlan made_plan(int count, const std::string& split = "") {
  SplitPlan plan;
  Random random{7};
  uint64_t hash = 0;
  for (int i = 0; i < count; ++i) {
    hash = i % 3 == 2 ? hash ^ 0b101 : random.next();
    plan.images.push_back(image_of(i, hash, split));
  }
  return plan;
}

std::map<Digest, SplitPart> parts_of(const SplitPlan& plan) {
  std::map<Digest, SplitPart> parts;
  for (const PlannedImage& image : plan.images) parts[image.digest] = image.part;
  return parts;
}

TEST(NearDuplicates, NeedHashAndColours) {
  ImageSketch a, b;
  a.hash = 0xff00ff00ff00ff00, b.hash = a.hash ^ 0xff;  // 8 bits
  EXPECT_TRUE(near_duplicates(a, b));
  b.hash ^= 0x100;
  EXPECT_FALSE(near_duplicates(a, b));
  b.hash = a.hash;
  b.colours.fill(9);
  EXPECT_TRUE(near_duplicates(a, b));
  b.colours.fill(10);
  EXPECT_FALSE(near_duplicates(a, b));
  EXPECT_FALSE(near_duplicates({}, {})) << "images without structure are not comparable";
}

// The buckets must find every pair that a comparison of all pairs finds.
TEST(NearDuplicates, GroupsAreConnectedComponents) {
  Random random{3};
  std::vector<ImageSketch> images(300);
  for (size_t i = 0; i < images.size(); ++i) {
    images[i].hash = random.next();
    if (i % 4 == 0 || i == 0) continue;
    images[i].hash = images[i - 1].hash;
    for (int flips = 0; flips < 8; ++flips) images[i].hash ^= uint64_t{1} << random.below(64);
  }
  std::vector<int64_t> expected(images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    expected[i] = static_cast<int64_t>(i);
    for (size_t j = 0; j < i; ++j) {
      if (!near_duplicates(images[i], images[j]) || expected[i] == expected[j]) continue;
      const int64_t from = std::max(expected[i], expected[j]),
                    to = std::min(expected[i], expected[j]);
      std::replace(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(i) + 1, from,
                   to);
    }
  }
  EXPECT_EQ(group_near_duplicates(images), expected);
  EXPECT_LT(std::set<int64_t>(expected.begin(), expected.end()).size(), 100u);
}

TEST(SplitPlan, DrawsWholeGroupsByContent) {
  SplitPlan plan = made_plan(600);
  assign_parts(plan, {}, {});
  EXPECT_EQ(plan.count(SplitPart::test), 60);
  EXPECT_EQ(plan.count(SplitPart::validation), 60);
  EXPECT_EQ(plan.count(SplitPart::train), 480);
  for (const PlannedImage& image : plan.images)
    EXPECT_EQ(image.part, plan.images[static_cast<size_t>(image.group)].part);
  EXPECT_EQ(plan.origin.at(SplitPart::test), "drawn by content");
}

TEST(SplitPlan, DoesNotDependOnTheOrder) {
  SplitPlan plan = made_plan(600), shuffled = made_plan(600);
  Random random{5};
  random.shuffle(shuffled.images);
  assign_parts(plan, {}, {});
  assign_parts(shuffled, {}, {});
  EXPECT_EQ(parts_of(plan), parts_of(shuffled));
}

TEST(SplitPlan, LeavesOutNeighboursOfTestImages) {
  SplitPlan plan = made_plan(90, "train");
  plan.images[1].split = "test";  // image 2 is near to it
  const std::map<std::string, SplitPart> own = {{"train", SplitPart::train},
                                                {"test", SplitPart::test}};
  assign_parts(plan, own, {});
  EXPECT_EQ(plan.images[1].part, SplitPart::test);
  EXPECT_EQ(plan.images[2].part, SplitPart::unused);
  EXPECT_EQ(plan.left_out, 1);
  EXPECT_EQ(plan.count(SplitPart::test), 1);
  EXPECT_EQ(plan.count(SplitPart::validation), 9);  // drawn: there is none
}

TEST(SplitPlan, SubsetsAreNested) {
  std::set<Digest> smaller;
  for (const int64_t pairs : {16, 64, 256}) {
    SplitPlan plan = made_plan(600);
    FineTuneOptions options;
    options.max_pairs = pairs;
    assign_parts(plan, {}, options);
    std::set<Digest> now;
    for (const auto& [digest, part] : parts_of(plan)) {
      if (part == SplitPart::train) now.insert(digest);
    }
    EXPECT_EQ(static_cast<int64_t>(now.size()), pairs);
    EXPECT_TRUE(std::ranges::includes(now, smaller));
    smaller = now;
  }
}

TEST(SplitPlan, RefusesTooFewImages) {
  SplitPlan plan = made_plan(2);
  test::expect_error(ErrorCode::invalid_data, "leaves 0 images for train of 2",
                     [&] { assign_parts(plan, {}, {}); });
}

TEST(SplitPlan, IsReadByTheTrainer) {
  SplitPlan plan = made_plan(60);
  assign_parts(plan, {}, {});
  const TemporaryFolder folder;
  const auto file = folder.write("splits.jsonl", splits_jsonl(plan));
  const auto test = read_image_part(file, "test");
  EXPECT_EQ(static_cast<int64_t>(test->size()), plan.count(SplitPart::test));
  for (const PlannedImage& image : plan.images)
    EXPECT_EQ(test->contains(image.digest), image.part == SplitPart::test);
  const auto bad = folder.write("bad.jsonl", "{\"part\": \"test\", \"image\": \"12\"}\n");
  test::expect_error(ErrorCode::invalid_data, "line 1", [&] { read_image_part(bad, "test"); });
}

}  // namespace
}  // namespace sightline

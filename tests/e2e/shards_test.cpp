// encode --shard and merge: the shards of every kind of input are the whole set.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fixture.h"
#include "process.h"

namespace sightline::testing {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

const std::string kModel = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";

Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string shard_name(int index, int count, const std::string& extension = ".npy") {
  char name[64];
  std::snprintf(name, sizeof name, "v.%05d-of-%05d", index, count);
  return name + extension;
}

Finished encode_shard(const Arguments& input, const fs::path& folder, int index, int count,
                      const Arguments& more = {}) {
  return sightline(Arguments{"encode", "--model", kModel, "--no-cache", "--out", folder / "v.npy",
                             "--shard", std::to_string(index) + "/" + std::to_string(count)} +
                   input + more);
}

// The bytes of the vectors, without the header.
std::string elements(const fs::path& npy) {
  const std::string bytes = read_bytes(npy);
  return bytes.substr(std::min(bytes.size(), bytes.find('\n') + 1));
}

Finished merge(const fs::path& folder, int count) {
  Arguments command = {"merge", "--verify", "--json", "--out", folder / "v.shards.json"};
  for (int i = count - 1; i >= 0; --i) command.push_back(folder / shard_name(i, count));
  return sightline(command);
}

nlohmann::json queries_of(const fs::path& vectors) {
  const Finished found = sightline({"search", "--vectors", vectors, "--model", kModel, "--no-cache",
                                    "--json", "--top-k", "100", "a red heart", "caption", "moon"});
  EXPECT_EQ(found.exit_code, 0) << found.err;
  return parse_json(found.out)["queries"];
}

// Encodes `input` as a whole and in shards, and compares. `joined`: no row repeats one of another
// shard, so that the arrays, one after the other, are the whole array.
void expect_shards(const std::string& name, const Arguments& input, const std::vector<int>& counts,
                   bool joined = true, const Arguments& more = {}) {
  const fs::path folder = fresh_folder("shards-" + name);
  const fs::path whole = folder / "whole.npy";
  const Finished done = sightline(
      Arguments{"encode", "--model", kModel, "--no-cache", "--out", whole} + input + more);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto expected = queries_of(whole);
  for (const int count : counts) {
    SCOPED_TRACE(name + ", shards: " + std::to_string(count));
    std::string arrays, ids;
    for (int i = 0; i < count; ++i) {
      const Finished part = encode_shard(input, folder, i, count, more);
      ASSERT_EQ(part.exit_code, 0) << part.err;
      arrays += elements(folder / shard_name(i, count));
    }
    EXPECT_TRUE(!joined || arrays == elements(whole));
    const Finished merged = merge(folder, count);
    ASSERT_EQ(merged.exit_code, 0) << merged.err;
    EXPECT_EQ(parse_json(merged.out)["shards"], count);
    EXPECT_EQ(queries_of(folder / "v.shards.json"), expected);
  }
}

fs::path write_photos(int count) {
  const fs::path folder = fresh_folder("shards-photos");
  for (int i = 0; i < count; ++i) {
    const std::string name = i % 3 == 0 ? "sub/p" : "p";
    fs::create_directories(folder / "sub");
    write_bytes(folder / (name + std::to_string(i) + ".bmp"), bmp_image(static_cast<uint32_t>(i)));
  }
  return folder;
}

// Rows of `images` images in turns, with a caption each.
fs::path write_rows(int rows, int images) {
  const fs::path folder = fresh_folder("shards-rows");
  std::string lines = "file_name,text\n";
  for (int i = 0; i < images; ++i)
    write_bytes(folder / (std::to_string(i) + ".bmp"), bmp_image(static_cast<uint32_t>(i)));
  for (int i = 0; i < rows; ++i)
    lines += std::to_string(i * 7 % images) + ".bmp,caption " + std::to_string(i) + "\n";
  write_bytes(folder / "metadata.csv", lines);
  return folder;
}

TEST(Shards, OfAFolder) {
  const fs::path photos = write_photos(11);
  expect_shards("images", {"--images", photos}, {1, 2, 3, 7, 20});
  expect_shards("folder", {"--dataset", photos}, {3}, true, {"--quantize"});
}

TEST(Shards, OfTexts) {
  const fs::path folder = fresh_folder("shards-texts-input");
  write_bytes(folder / "t.txt", "a red heart\na cat\na dog\nmoon\n\nthe sun\n");
  expect_shards("texts", {"--texts", folder / "t.txt"}, {1, 2, 3, 7});
}

TEST(Shards, OfRowsThatRepeatImages) {
  const fs::path rows = write_rows(20, 6);
  expect_shards("repeats", {"--dataset", rows}, {1, 2, 3, 7, 30}, false);
  expect_shards("kept", {"--dataset", rows, "--keep-repeats"}, {3});
}

TEST(Shards, OfAnArchiveAndParquet) {
  const fs::path rows = write_rows(12, 12), folder = fresh_folder("shards-converted");
  ASSERT_EQ(
      sightline({"dataset", "convert", rows, folder / "t.tar", "--to", "webdataset"}).exit_code, 0);
  expect_shards("tar", {"--dataset", folder / "t.tar"}, {1, 2, 3, 7, 13});
  if (!SIGHTLINE_HAS_PARQUET)
    GTEST_SKIP() << "this build has no libsightline_parquet.so (Arrow not found)";
  ASSERT_EQ(
      sightline({"dataset", "convert", rows, folder / "t.parquet", "--to", "parquet"}).exit_code,
      0);
  expect_shards("parquet", {"--dataset", folder / "t.parquet"}, {1, 2, 3, 7, 13});
}

TEST(Shards, AreWrittenOnce) {
  const fs::path photos = write_photos(5), folder = fresh_folder("shards-once");
  const Arguments input = {"--images", photos};
  const fs::path npy = folder / shard_name(1, 2);
  ASSERT_EQ(encode_shard(input, folder, 1, 2).exit_code, 0);
  const std::string bytes = read_bytes(npy);
  const auto written = fs::last_write_time(npy);
  const Finished again = encode_shard(input, folder, 1, 2, {"--json"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(parse_json(again.out)["finished_before"], true);
  EXPECT_EQ(parse_json(again.out)["rows"], 3);
  EXPECT_EQ(fs::last_write_time(npy), written);
  std::string damaged = bytes;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  write_bytes(npy, damaged);
  const Finished repaired = encode_shard(input, folder, 1, 2, {"--json"});
  EXPECT_NE(repaired.err.find("encoded again"), std::string::npos) << repaired.err;
  EXPECT_EQ(parse_json(repaired.out)["finished_before"], false);
  EXPECT_EQ(read_bytes(npy), bytes);
  write_bytes(photos / "q.bmp", bmp_image(99));
  const Finished other = encode_shard(input, folder, 1, 2);
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("is of an input of 5 rows, expected one of 6"), std::string::npos)
      << other.err;
  EXPECT_EQ(encode_shard(input, folder, 1, 2, {"--force"}).exit_code, 0);
  EXPECT_NE(read_bytes(npy), bytes);
}

// Whenever it is killed, the shard is absent or complete, and the next run completes it.
TEST(Shards, AKilledRunLeavesNoShard) {
  const fs::path photos = write_photos(60), folder = fresh_folder("shards-killed");
  const Arguments input = {"--images", photos};
  const fs::path npy = folder / shard_name(0, 2);
  const Arguments command = {fs::path(SIGHTLINE_PROGRAM),
                             "encode",
                             "--model",
                             kModel,
                             "--no-cache",
                             "--batch-size",
                             "1",
                             "--images",
                             photos,
                             "--out",
                             folder / "v.npy",
                             "--shard",
                             "0/2"};
  Process run(command);
  const auto has_temporary = [&] {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename().string().find(".tmp.") != std::string::npos) return true;
    }
    return false;
  };
  wait_for(run, has_temporary);
  run.kill_hard();
  run.wait();
  EXPECT_FALSE(fs::exists(npy));
  const Finished early = sightline({"merge", npy, "--out", folder / "v.shards.json"});
  EXPECT_EQ(early.exit_code, 1);
  EXPECT_NE(early.err.find("there is no shard"), std::string::npos) << early.err;
  ASSERT_EQ(encode_shard(input, folder, 0, 2).exit_code, 0);
  EXPECT_FALSE(has_temporary());
  ASSERT_EQ(encode_shard(input, folder, 1, 2).exit_code, 0);
  EXPECT_EQ(merge(folder, 2).exit_code, 0);
}

TEST(Shards, WrongOnesAreRefused) {
  const fs::path photos = write_photos(6), folder = fresh_folder("shards-wrong");
  const Arguments input = {"--images", photos};
  for (int i = 0; i < 3; ++i) ASSERT_EQ(encode_shard(input, folder, i, 3).exit_code, 0);
  const auto refused = [&](const Arguments& shards, const std::string& problem, int code = 2) {
    const Finished done =
        sightline(Arguments{"merge", "--verify", "--out", folder / "v.shards.json"} + shards);
    EXPECT_EQ(done.exit_code, code);
    EXPECT_NE(done.err.find(problem), std::string::npos) << done.err;
    EXPECT_FALSE(fs::exists(folder / "v.shards.json"));
  };
  const fs::path first = folder / shard_name(0, 3), second = folder / shard_name(1, 3),
                 third = folder / shard_name(2, 3);
  refused({first, third}, "1 is missing: 1");
  refused({first, second, second, third}, "are both shard 1 of 3");
  const fs::path others = fresh_folder("shards-others");
  ASSERT_EQ(encode_shard({"--images", write_photos(7)}, others, 1, 3).exit_code, 0);
  refused({first, others / shard_name(1, 3), third}, "is of an input of 7 rows, expected one of 6");
  std::string bytes = read_bytes(second);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  write_bytes(second, bytes);
  refused({first, second, third}, "does not have the checksum", 1);
  for (const Arguments& wrong : {Arguments{"--shard", "3/3"},
                                 {"--shard", "x"},
                                 {"--force"},
                                 {"--shard", "0/3", "--ids", "i"}}) {
    const Finished done = sightline(
        Arguments{"encode", "--model", kModel, "--out", folder / "w.npy"} + input + wrong);
    EXPECT_EQ(done.exit_code, 2) << done.err;
  }
}

TEST(Shards, AreReadByQuantizeIndexAndEval) {
  const fs::path rows = write_rows(12, 12), folder = fresh_folder("shards-read");
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(encode_shard({"--dataset", rows}, folder, i, 3).exit_code, 0);
  ASSERT_EQ(merge(folder, 3).exit_code, 0);
  const fs::path manifest = folder / "v.shards.json";
  const auto expected = queries_of(manifest);
  const Finished quantized = sightline({"quantize", manifest, "--json"});
  ASSERT_EQ(quantized.exit_code, 0) << quantized.err;
  EXPECT_EQ(parse_json(quantized.out)["rows"], 12);
  EXPECT_TRUE(fs::exists(folder / shard_name(2, 3, ".quantized")));
  EXPECT_EQ(queries_of(manifest), expected);
  const Finished indexed = sightline(
      {"index", "--library", folder / "library", "--vectors", manifest, "--model", kModel});
  ASSERT_EQ(indexed.exit_code, 0) << indexed.err;
  const Finished found = sightline({"search", "--library", folder / "library", "--json", "--top-k",
                                    "100", "--no-cache", "a red heart"});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  const auto hits = parse_json(found.out)["queries"][0]["hits"];
  ASSERT_EQ(hits.size(), 12u);
  EXPECT_EQ(hits[0]["captions"], expected[0]["hits"][0]["captions"]);
  const fs::path texts = folder / "t.txt";
  std::string lines;
  for (int i = 0; i < 12; ++i) lines += "caption " + std::to_string(i) + "\n";
  write_bytes(texts, lines);
  ASSERT_EQ(sightline({"encode", "--model", kModel, "--texts", texts, "--no-cache", "--out",
                       folder / "t.npy"})
                .exit_code,
            0);
  const Finished evaluated =
      sightline({"eval", "--image-vectors", manifest, "--text-vectors", folder / "t.npy",
                 "--no-figures", "--json", "--out", fresh_folder("shards-eval")});
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.err;
  EXPECT_EQ(parse_json(evaluated.out)["dataset"]["images"], 12);
}

}  // namespace
}  // namespace sightline::testing

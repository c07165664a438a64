// Shards: the merged set equals the set of the whole input; shards that do not belong together.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/shards.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <random>

#include "base/file.h"
#include "expect_error.h"
#include "vectors/item_line.h"
#include "vectors/set_files.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

constexpr int64_t kDim = 24;

// A row of an input. Rows of equal images have equal vectors.
struct InputRow {
  std::string id, split;
  std::vector<std::string> captions;
  int image = 0;
};

// Rows of random images; `images` 0: each row has an image of its own.
std::vector<InputRow> make_rows(int64_t count, uint32_t images, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<InputRow> rows;
  for (int64_t i = 0; i < count; ++i) {
    InputRow row{"row-" + std::to_string(i), random() % 2 ? "a" : "b", {}, 0};
    row.image = static_cast<int>(images == 0 ? i : random() % images);
    for (uint32_t c = random() % 3; c > 0; --c)
      row.captions.push_back("caption " + std::to_string(random()));
    rows.push_back(row);
  }
  return rows;
}

std::vector<float> vector_of(int image) {
  std::mt19937 random(static_cast<uint32_t>(image));
  std::normal_distribution<float> normal;
  std::vector<float> vector(kDim);
  double sum = 0;
  for (float& x : vector) sum += std::pow(x = normal(random), 2);
  for (float& x : vector) x = static_cast<float>(x / std::sqrt(sum));
  return vector;
}

VectorProvenance provenance() {
  VectorProvenance provenance;
  provenance.model = "tiny";
  provenance.fingerprint = std::string(64, 'f');
  provenance.source = VectorSource{};
  provenance.source->folder = "/data";
  return provenance;
}

class Shards : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("sightline_shards_test." + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    manifest_ = folder_ / "v.shards.json";
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Writes rows as encode does: those that repeat an image add their captions to its first row.
  void write(const fs::path& npy, std::span<const InputRow> rows,
             std::optional<ShardInput> shard = {},
             const VectorProvenance& made_by = provenance()) const {
    vectors::Description description{made_by, 0, kDim, {}, {}};
    if (shard) description.shard.emplace().input = *shard;
    vectors::SetFiles out(npy, description);
    std::map<std::pair<int, std::string>, int64_t> first;
    for (const InputRow& row : rows) {
      const auto [at, is_first] = first.try_emplace({row.image, row.split}, out.rows());
      if (!is_first) {
        out.add_captions(at->second, row.captions);
        continue;
      }
      const Digest digest =
          sha256(std::vector<uint8_t>{uint8_t(row.image), uint8_t(row.image >> 8)});
      out.add(vector_of(row.image), {row.id, row.captions, {{"split", row.split}}},
              shard ? vectors::image_key(digest) : "");
    }
    out.close();
  }

  ShardInput input(ShardNumber shard, int64_t rows) const {
    return {shard, rows, std::string(64, 'd'), true, 0};
  }

  std::vector<fs::path> write_shards(const std::vector<InputRow>& rows, int64_t count) const {
    std::vector<fs::path> paths;
    const auto size = static_cast<int64_t>(rows.size());
    for (int64_t i = 0; i < count; ++i) {
      const RowRange range = shard_range({i, count}, size);
      paths.push_back(shard_path(folder_ / "v.npy", {i, count}));
      write(paths.back(),
            std::span(rows).subspan(static_cast<size_t>(range.first),
                                    static_cast<size_t>(range.rows)),
            input({i, count}, size));
    }
    return paths;
  }

  static void flip_bit(const fs::path& file, int64_t at) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekg(at, at < 0 ? std::ios::end : std::ios::beg);
    const int byte = stream.peek();
    stream.seekp(at, at < 0 ? std::ios::end : std::ios::beg);
    stream.put(static_cast<char>(byte ^ 1));
  }

  void expect_refused(ErrorCode code, const std::string& part, const std::vector<fs::path>& shards,
                      bool verify = false) const {
    expect_error(code, part, [&] { merge_shards(shards, manifest_, {verify, {}}); });
    EXPECT_FALSE(fs::exists(manifest_));
  }

  fs::path folder_, manifest_;
};

std::vector<VectorItem> all_items(const VectorSet& set) {
  std::vector<int64_t> rows(static_cast<size_t>(set.index().rows()));
  std::iota(rows.rbegin(), rows.rend(), int64_t{0});
  return set.items(rows);
}

void expect_equal_sets(const VectorSet& a, const VectorSet& b) {
  ASSERT_EQ(a.index().rows(), b.index().rows());
  EXPECT_EQ(a.index().live_rows(), b.index().rows());
  std::vector<float> row(kDim);
  for (int64_t i = 0; i < a.index().rows(); ++i) {
    const auto expected = b.index().row(i);
    EXPECT_TRUE(std::ranges::equal(a.index().row(i), expected));
    a.index().copy_row(i, row);
    EXPECT_TRUE(std::ranges::equal(row, expected));
  }
  const auto items = all_items(a), expected = all_items(b);
  for (size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i].id, expected[i].id);
    EXPECT_EQ(items[i].captions, expected[i].captions);
    EXPECT_EQ(items[i].fields, expected[i].fields);
  }
}

void expect_equal_hits(const VectorIndex& a, const VectorIndex& b, uint32_t seed) {
  std::mt19937 random(seed);
  Matrix queries(4, kDim);
  for (int64_t q = 0; q < 4; ++q)
    std::ranges::copy(vector_of(static_cast<int>(random() % 200)), queries.row(q).begin());
  const int64_t rows = b.rows();
  for (const uint32_t share : {1u, 2u, 20u}) {
    std::vector<uint64_t> mask(static_cast<size_t>(rows + 63) / 64);
    for (int64_t i = 0; i < rows; ++i) {
      if (random() % share == 0) mask[static_cast<size_t>(i) / 64] |= uint64_t{1} << (i % 64);
    }
    for (const int k : {1, 10, 1000}) {
      SearchOptions options;
      options.k = k;
      if (share > 1) options.allowed = mask;
      const auto found = a.search(queries, options), expected = b.search(queries, options);
      for (size_t q = 0; q < expected.size(); ++q) {
        ASSERT_EQ(found[q].size(), expected[q].size());
        for (size_t i = 0; i < expected[q].size(); ++i) {
          EXPECT_EQ(found[q][i].index, expected[q][i].index);
          EXPECT_EQ(found[q][i].similarity, expected[q][i].similarity);
        }
      }
    }
  }
}

TEST_F(Shards, NumbersAndNames) {
  EXPECT_EQ(parse_shard("3/16"), (ShardNumber{3, 16}));
  for (const char* wrong : {"", "3", "16/16", "-1/2", "1/0", "a/2", "1/2x", "1/", "/2", "0/100000"})
    expect_error(ErrorCode::invalid_argument, "is not a shard I/N", [&] { parse_shard(wrong); });
  EXPECT_EQ(shard_path("d/emoji.v1.npy", {3, 16}), "d/emoji.v1.00003-of-00016.npy");
  for (const int64_t rows : {0LL, 1LL, 5LL, 100LL, 4000000000000000000LL}) {
    for (const int64_t count : {1, 2, 3, 7, 150, 99999}) {
      int64_t next = 0;
      for (int64_t i = 0; i < count; ++i) {
        const RowRange range = shard_range({i, count}, rows);
        ASSERT_EQ(range.first, next);
        ASSERT_TRUE(range.rows == rows / count || range.rows == rows / count + 1);
        next += range.rows;
      }
      EXPECT_EQ(next, rows);
    }
  }
}

TEST_F(Shards, MergedAreTheWholeSet) {
  for (const uint32_t images : {1u, 12u, 0u}) {
    const std::vector<InputRow> rows = make_rows(60, images, 7);
    write(folder_ / "whole.npy", rows);
    const VectorSet whole = VectorSet::open(folder_ / "whole.npy");
    for (const int64_t count : {1, 2, 3, 7, 70}) {
      if (count > 7 && images != 12) continue;  // files are synced to the disk
      SCOPED_TRACE(std::to_string(images) + " images, shards: " + std::to_string(count));
      std::vector<fs::path> paths = write_shards(rows, count);
      std::ranges::reverse(paths);
      const MergedShards merged = merge_shards(paths, manifest_, {true, {}});
      EXPECT_EQ(merged.shards, count);
      EXPECT_EQ(merged.rows, whole.index().rows());
      EXPECT_EQ(merged.dim, kDim);
      EXPECT_TRUE(images > 0 || merged.repeated == 0);
      const VectorSet set = VectorSet::open(manifest_);
      EXPECT_EQ(set.path(), manifest_);
      EXPECT_TRUE(set.has_ids());
      EXPECT_TRUE(set.warnings().empty());
      EXPECT_EQ(set.provenance()->fingerprint, provenance().fingerprint);
      EXPECT_EQ(set.provenance()->source->folder, "/data");
      expect_equal_sets(set, whole);
      expect_equal_hits(set.index(), whole.index(), 11);
      fs::remove(manifest_);
    }
  }
}

TEST_F(Shards, QuantizedShardsHaveTheSameHits) {
  const std::vector<InputRow> rows = make_rows(3000, 2500, 3);
  write(folder_ / "whole.npy", rows);
  const VectorSet whole = VectorSet::open(folder_ / "whole.npy");
  const std::vector<fs::path> paths = write_shards(rows, 3);
  merge_shards(paths, manifest_);
  for (size_t i = 0; i < paths.size(); ++i) {
    VectorIndex index = VectorIndex::open_vectors(paths[i]);
    index.add(ScanType::int8);
    index.save();
    const VectorSet set = VectorSet::open(manifest_);
    EXPECT_EQ(set.index().has(ScanType::int8), i + 1 == paths.size());
    EXPECT_TRUE(set.warnings().empty());
    expect_equal_hits(set.index(), whole.index(), 5);
  }
}

TEST_F(Shards, CaptionsAreLimitedAsInOneSet) {
  const std::vector<InputRow> rows = {
      {"0", "", {"a", "b"}, 1}, {"1", "", {"c", "d"}, 1}, {"2", "", {"e"}, 1}};
  std::vector<fs::path> paths;
  for (int64_t i = 0; i < 3; ++i) {
    ShardInput part = input({i, 3}, 3);
    part.max_captions = 3;
    paths.push_back(shard_path(folder_ / "v.npy", part.shard));
    write(paths.back(), std::span(rows).subspan(static_cast<size_t>(i), 1), part);
  }
  EXPECT_EQ(merge_shards(paths, manifest_).repeated, 2);
  const std::vector<int64_t> first = {0};
  EXPECT_EQ(VectorSet::open(manifest_).items(first)[0].captions,
            (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(Shards, TheFolderMayBeMoved) {
  merge_shards(write_shards(make_rows(10, 0, 1), 2), manifest_);
  fs::create_directories(folder_ / "other");
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.is_regular_file())
      fs::rename(entry.path(), folder_ / "other" / entry.path().filename());
  }
  EXPECT_EQ(VectorSet::open(folder_ / "other" / "v.shards.json").index().rows(), 10);
}

TEST_F(Shards, MissingDoubleAndForeignShardsAreRefused) {
  const std::vector<InputRow> rows = make_rows(20, 0, 1);
  const std::vector<fs::path> paths = write_shards(rows, 4);
  expect_refused(ErrorCode::invalid_argument, "there is no shard to merge", {});
  expect_refused(ErrorCode::invalid_argument, "2 are missing: 1, 3", {paths[2], paths[0]});
  const fs::path copy = folder_ / "copy.npy";
  for (const auto& [from, to] :
       {std::pair(paths[1], copy), std::pair(ids_path(paths[1]), ids_path(copy)),
        std::pair(provenance_path(paths[1]), provenance_path(copy))})
    fs::copy_file(from, to);
  expect_refused(ErrorCode::invalid_argument, "are both shard 1 of 4",
                 {paths[0], paths[1], paths[2], paths[3], copy});
  expect_refused(ErrorCode::not_found, "there is no shard", {paths[0], folder_ / "v.*-of-*.npy"});
  write(folder_ / "own.npy", rows);
  expect_refused(ErrorCode::invalid_argument, "own.npy' is not a shard", {folder_ / "own.npy"});

  const auto foreign = [&](const ShardInput& part, const VectorProvenance& made_by,
                           const std::string& problem) {
    write(copy, std::span(rows).first(5), part, made_by);
    expect_refused(ErrorCode::invalid_argument, "copy.npy' " + problem,
                   {paths[0], copy, paths[2], paths[3]});
  };
  foreign(input({1, 5}, 20), provenance(), "is one of 5 shards, expected one of 4");
  foreign(input({1, 4}, 21), provenance(), "is of an input of 21 rows, expected one of 20");
  ShardInput other = input({1, 4}, 20);
  other.digest = std::string(64, 'e');
  foreign(other, provenance(), "is of another input of 20 rows (eeee");
  VectorProvenance by = provenance();
  by.fingerprint = std::string(64, 'a');
  foreign(input({1, 4}, 20), by, "has vectors of the model 'tiny' (fingerprint aaaaaaaaaaaa)");
  by = provenance();
  by.computation.precision = Precision::int8;
  foreign(input({1, 4}, 20), by, "has vectors computed with cpu, cpu, int8");
  by = provenance();
  by.unit_length = false;
  foreign(input({1, 4}, 20), by, "has vectors as the tower returns them");
  by = provenance();
  by.kind = VectorKind::texts;
  foreign(input({1, 4}, 20), by, "has vectors of texts, expected images");
}

TEST_F(Shards, IncompleteShardsAreRefused) {
  const std::vector<fs::path> paths = write_shards(make_rows(20, 0, 1), 2);
  const std::string array = read_text_file(paths[1]);
  write_file_atomic(paths[1], array.substr(0, array.size() - 4));
  expect_refused(ErrorCode::invalid_data, paths[1].string(), paths);
  write_file_atomic(paths[1], read_text_file(paths[0]).substr(0, 128) + array.substr(128));
  fs::remove(provenance_path(paths[1]));
  expect_refused(ErrorCode::invalid_data, "has no", paths);
  fs::remove(paths[1]);
  expect_refused(ErrorCode::not_found, "there is no shard", paths);
  expect_error(ErrorCode::invalid_argument, "expected NAME.shards.json",
               [&] { merge_shards(paths, folder_ / "v.json"); });
}

TEST_F(Shards, VerifyFindsAFlippedBit) {
  const std::vector<fs::path> paths = write_shards(make_rows(40, 0, 1), 2);
  for (const fs::path& file : {paths[1], ids_path(paths[1])}) {
    flip_bit(file, -3);
    expect_refused(ErrorCode::invalid_data, "does not have the checksum", paths, true);
    flip_bit(file, -3);
  }
  merge_shards(paths, manifest_, {true, {}});
}

TEST_F(Shards, AFinishedShardIsRecognized) {
  const std::vector<InputRow> rows = make_rows(20, 0, 1);
  const fs::path npy = write_shards(rows, 2)[1];
  std::vector<std::string> warnings;
  const auto find = [&](const ShardInput& part, const VectorProvenance& by = provenance()) {
    warnings.clear();
    return find_finished_shard(npy, part, by, warnings);
  };
  ASSERT_TRUE(find(input({1, 2}, 20)));
  EXPECT_EQ(find(input({1, 2}, 20))->rows, 10);
  EXPECT_TRUE(warnings.empty());
  EXPECT_FALSE(find_finished_shard(folder_ / "no.npy", input({1, 2}, 20), provenance(), warnings));
  expect_error(ErrorCode::invalid_argument, "is of an input of 20 rows, expected one of 21", [&] {
    find(input({1, 2}, 21));
  });
  expect_error(ErrorCode::invalid_argument, "is shard 1 of 2, expected shard 0 of 2", [&] {
    find(input({0, 2}, 20));
  });
  VectorProvenance other = provenance();
  other.preprocessing = "squash";
  expect_error(ErrorCode::invalid_argument, "preprocessed with", [&] {
    find(input({1, 2}, 20), other);
  });
  flip_bit(npy, -1);
  EXPECT_FALSE(find(input({1, 2}, 20)));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("is encoded again"), std::string::npos);
  write(npy, rows);
  expect_error(ErrorCode::invalid_argument, "is not a shard, but a vector set of its own", [&] {
    find(input({1, 2}, 20));
  });
}

TEST_F(Shards, AManifestRefersToTheMergedShards) {
  const std::vector<fs::path> paths = write_shards(make_rows(20, 0, 1), 2);
  merge_shards(paths, manifest_);
  EXPECT_EQ(shards_of(manifest_), paths);
  const std::string good = read_text_file(manifest_);
  const auto broken = [&](const std::string& from, const std::string& to, const std::string& part) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    write_file_atomic(manifest_, text);
    expect_error(ErrorCode::invalid_data, part, [&] { VectorSet::open(manifest_); });
  };
  broken("\"version\": 1", "\"version\": 2", "is not a manifest of shards: expected format");
  broken("\"rows\": 20", "\"rows\": 21", "the numbers of rows disagree");
  broken("\"first_rows\": []", "\"first_rows\": [1]", "differ in length");
  write_file_atomic(manifest_, good);
  write(paths[1], make_rows(10, 0, 2), input({1, 2}, 20));
  expect_error(ErrorCode::invalid_data, "is not the shard that was merged",
               [&] { VectorSet::open(manifest_); });
}

}  // namespace
}  // namespace sightline

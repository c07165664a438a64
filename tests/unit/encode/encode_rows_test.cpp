// The pipeline from rows to vectors: order, failures, errors of the caller, the cache; and the
// encoder in slices.
#include <gtest/gtest.h>
#include <sightline/encode.h>
#include <sightline/error.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

#include "base/file.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden";

struct File {
  std::string id;
  std::vector<uint8_t> bytes;
};

// The golden images of the decoders, good ones and broken ones mixed.
std::vector<File> files() {
  std::vector<File> all;
  for (const auto& entry : fs::directory_iterator(kGolden / "image")) {
    if (!entry.is_regular_file()) continue;
    if (entry.path().extension() == ".json") continue;
    all.push_back({entry.path().filename().string(), read_file(entry.path(), 1 << 24)});
  }
  std::sort(all.begin(), all.end(), [](const File& a, const File& b) { return a.id < b.id; });
  std::vector<File> mixed;
  for (size_t i = 0; i < all.size(); ++i) {
    mixed.push_back(all[i]);
    if (i % 3 == 0) mixed.push_back({"broken-" + std::to_string(i), {1, 2, 3, 4}});
  }
  return mixed;
}

class EncodeRows : public ::testing::Test {
 protected:
  void SetUp() override {
    ModelOptions options;
    options.load_text_tower = false;
    model_ = std::make_unique<Model>(
        Model::load(fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8", options));
    files_ = files();
    ASSERT_GT(files_.size(), 20u);
  }

  EncodedImages at_once(int64_t batch_size) const {
    std::vector<ImageInput> inputs;
    for (const File& file : files_) inputs.push_back({file.id, file.bytes});
    return Encoder(*model_, {.batch_size = batch_size, .normalize = true, .limits = {}})
        .encode_images(inputs);
  }

  // Every seventh file cannot be read.
  RowReader reader() const {
    return RowReader(
        [this, at = size_t{0}]() mutable -> std::optional<Row> {
          if (at == files_.size()) return std::nullopt;
          Row row;
          row.id = files_[at].id;
          row.image = files_[at].bytes;
          if (++at % 7 == 0) {
            row.image.clear();
            row.error = "could not be read";
          }
          return row;
        },
        static_cast<int64_t>(files_.size()), "golden");
  }

  // `count` times the first file.
  RowReader copies(int64_t count) const {
    return RowReader(
        [this, left = count]() mutable -> std::optional<Row> {
          if (left-- == 0) return std::nullopt;
          Row row;
          row.id = "a";
          row.image = files_[0].bytes;
          return row;
        },
        count, "golden");
  }

  std::unique_ptr<Model> model_;
  std::vector<File> files_;
};

TEST_F(EncodeRows, PropertiesComeFromTheSamePixels) {
  std::vector<ImageInput> inputs;
  for (const File& file : files_) inputs.push_back({file.id, file.bytes});
  EncoderOptions options;
  options.properties = true;
  const EncodedImages with = Encoder(*model_, options).encode_images(inputs);
  const EncodedImages without = Encoder(*model_).encode_images(inputs);
  EXPECT_EQ(with.vectors.values, without.vectors.values);
  EXPECT_TRUE(without.properties.empty());
  ASSERT_EQ(with.properties.size(), files_.size());
  for (size_t i = 0; i < files_.size(); ++i) {
    SCOPED_TRACE(files_[i].id);
    const ImageProperties& properties = with.properties[i];
    EXPECT_EQ(properties.format.empty(), with.errors[i].has_value());
    if (with.errors[i]) continue;
    const Raster raster = decode_raster(files_[i].bytes, files_[i].id);
    EXPECT_EQ(properties.width, raster.width);
    EXPECT_EQ(properties.height, raster.height);
    EXPECT_EQ(properties.perceptual_hash, perceptual_hash(raster));
  }
}

TEST_F(EncodeRows, ReturnsWhatEncodingAtOnceReturnsInTheSameOrder) {
  for (const int64_t batch_size : {1, 3, 32}) {
    const EncodedImages whole = at_once(batch_size);
    RowReader rows = reader();
    size_t at = 0;
    const EncodeSummary summary =
        encode_rows(rows, *model_, {.batch_size = batch_size, .cache = {}, .progress = {}},
                    [&](EncodedRow&& encoded) {
                      ASSERT_EQ(encoded.row.id, files_[at].id);
                      EXPECT_TRUE(encoded.row.image.empty());
                      if ((at + 1) % 7 == 0) {
                        EXPECT_EQ(encoded.row.error, "could not be read");
                      } else {
                        EXPECT_EQ(encoded.row.error, whole.errors[at]);
                      }
                      ASSERT_EQ(encoded.vector.empty(), encoded.row.error.has_value());
                      if (!encoded.row.error) {
                        const auto expected = whole.vectors.row(static_cast<int64_t>(at));
                        for (size_t d = 0; d < expected.size(); ++d)
                          ASSERT_NEAR(encoded.vector[d], expected[d], 1e-6);
                      }
                      ++at;
                    });
    EXPECT_EQ(summary.rows, static_cast<int64_t>(files_.size()));
    EXPECT_EQ(at, files_.size());
    EXPECT_EQ(summary.counts.cached_images, 0);
  }
}

TEST_F(EncodeRows, TheCacheReturnsTheSameBitsInTheSameOrder) {
  const fs::path cache = fs::path(::testing::TempDir()) / "encode-rows-cache";
  fs::remove_all(cache);
  const EncodeOptions options{.batch_size = 4, .cache = cache, .progress = {}};
  std::vector<std::vector<float>> first, second;
  std::vector<std::string> ids;
  RowReader fresh = reader();
  const EncodeSummary made = encode_rows(fresh, *model_, options, [&](EncodedRow&& encoded) {
    ids.push_back(encoded.row.id);
    first.emplace_back(encoded.vector.begin(), encoded.vector.end());
  });
  RowReader again = reader();
  size_t at = 0;
  const EncodeSummary found = encode_rows(again, *model_, options, [&](EncodedRow&& encoded) {
    EXPECT_EQ(encoded.row.id, ids[at++]);
    second.emplace_back(encoded.vector.begin(), encoded.vector.end());
  });
  EXPECT_GT(made.counts.encoded_images, 10);
  EXPECT_EQ(found.counts.encoded_images, 0);
  EXPECT_EQ(found.counts.cached_images, made.counts.encoded_images + made.counts.cached_images);
  EXPECT_EQ(first, second);
  fs::remove_all(cache);
}

TEST_F(EncodeRows, RawVectorsAreNotCached) {
  const fs::path cache = fs::path(::testing::TempDir()) / "encode-rows-raw";
  fs::remove_all(cache);
  RowReader rows = copies(3);
  double sum = 0;
  encode_rows(rows, *model_, {.batch_size = 2, .cache = cache, .normalize = false, .progress = {}},
              [&](EncodedRow&& encoded) {
                for (const float x : encoded.vector) sum += static_cast<double>(x) * x;
              });
  EXPECT_GT(std::abs(sum - 3), 0.01);
  EXPECT_FALSE(fs::exists(cache));
}

TEST_F(EncodeRows, OneEncoderInSlicesGivesTheSameBits) {
  const EncodedImages whole = at_once(4);
  const Encoder encoder(*model_, {.batch_size = 4, .normalize = true, .limits = {}});
  for (size_t begin = 0; begin < files_.size(); begin += 4) {
    std::vector<ImageInput> slice;
    for (size_t i = begin; i < std::min(begin + 4, files_.size()); ++i) {
      slice.push_back({files_[i].id, files_[i].bytes});
    }
    const EncodedImages part = encoder.encode_images(slice);
    for (size_t i = 0; i < slice.size(); ++i) {
      ASSERT_EQ(part.errors[i], whole.errors[begin + i]);
      const auto a = part.vectors.row(static_cast<int64_t>(i));
      const auto b = whole.vectors.row(static_cast<int64_t>(begin + i));
      ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
    }
  }
}

TEST_F(EncodeRows, ReadsInOneThreadAndNotFarAhead) {
  std::atomic<int64_t> read{0};
  std::optional<std::thread::id> reading;
  bool same = true;
  int64_t taken = 0;
  RowReader rows(
      [&]() -> std::optional<Row> {
        if (!reading) reading = std::this_thread::get_id();
        same = same && *reading == std::this_thread::get_id();
        if (read == 60) return std::nullopt;
        ++read;
        Row row;
        row.image = files_[0].bytes;
        return row;
      },
      -1, "golden");
  encode_rows(rows, *model_, {.batch_size = 2, .cache = {}, .progress = {}}, [&](EncodedRow&&) {
    // A batch ahead, the batch that is handed out, and the one being read.
    EXPECT_LE(read, taken + 2 + 2 + 1);
    ++taken;
  });
  EXPECT_TRUE(same);
  EXPECT_NE(*reading, std::this_thread::get_id());
  EXPECT_EQ(taken, 60);
}

TEST_F(EncodeRows, ErrorsOfReaderSinkAndProgressArriveAndEndIt) {
  EncodeOptions options{.batch_size = 4, .cache = {}, .progress = {}};
  int64_t taken = 0;
  const auto count = [&](EncodedRow&&) { ++taken; };
  size_t made = 0;
  RowReader failing(
      [&]() -> std::optional<Row> {
        if (made++ == 9) throw std::runtime_error("the disk is gone");
        Row row;
        row.image = files_[0].bytes;
        return row;
      },
      -1, "golden");
  EXPECT_THROW(encode_rows(failing, *model_, options, count), std::runtime_error);
  EXPECT_EQ(taken, 8);  // two full batches
  RowReader rows = reader();
  EXPECT_THROW(encode_rows(rows, *model_, options,
                           [](EncodedRow&&) { throw std::runtime_error("the file is full"); }),
               std::runtime_error);
  taken = 0;
  options.progress = [](const ProgressUpdate&) { throw Error(ErrorCode::cancelled, "stopped"); };
  RowReader stopped = reader();
  EXPECT_THROW(encode_rows(stopped, *model_, options, count), Error);
  EXPECT_GE(taken, 4);
  EXPECT_LT(taken, 20);
}

TEST_F(EncodeRows, NothingIsNothing) {
  RowReader rows = copies(0);
  EXPECT_EQ(encode_rows(rows, *model_, {}, [](EncodedRow&&) { FAIL(); }).rows, 0);
}

TEST_F(EncodeRows, TextsAreTokenizedAndCached) {
  const Model model = Model::load(fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-8");
  const fs::path cache = fs::path(::testing::TempDir()) / "encode-texts-cache";
  fs::remove_all(cache);
  const std::vector<std::string> texts = {"a red heart", std::string(2000, 'x') + " y z", "a cat"};
  const EncodeOptions options{.cache = cache, .progress = {}};
  const EncodedTextRows made = encode_text_rows(texts, model, options);
  const EncodedTextRows found = encode_text_rows(texts, model, options);
  const EncodedTexts direct = Encoder(model).encode_texts(texts);
  EXPECT_EQ(made.counts.encoded_texts, 3);
  EXPECT_EQ(found.counts.cached_texts, 3);
  EXPECT_EQ(found.counts.encoded_texts, 0);
  EXPECT_EQ(made.vectors.values, direct.vectors.values);
  EXPECT_EQ(found.vectors.values, direct.vectors.values);
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(found.tokens[i].ids, direct.tokens[i].ids);
    EXPECT_EQ(found.tokens[i].truncated, i == 1);
  }
  fs::remove_all(cache);
}

}  // namespace
}  // namespace sightline

// Images through Encoder: whole, in slices, as a stream; order, failures, errors of the caller.
#include <gtest/gtest.h>
#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>
#include <atomic>
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

class EncodeStream : public ::testing::Test {
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

  ImageSource source(size_t& at) const {
    return [this, &at]() -> std::optional<StreamImage> {
      if (at == files_.size()) return std::nullopt;
      const File& file = files_[at++];
      if (at % 7 == 0) return StreamImage{file.id, {}, "could not be read"};
      return StreamImage{file.id, file.bytes, std::nullopt};
    };
  }

  std::unique_ptr<Model> model_;
  std::vector<File> files_;
};

TEST_F(EncodeStream, GivesWhatEncodingAtOnceGivesInTheSameOrder) {
  for (const int64_t batch_size : {1, 3, 32}) {
    const EncodedImages whole = at_once(batch_size);
    const Encoder encoder(*model_, {.batch_size = batch_size, .normalize = true, .limits = {}});
    for (int pass = 0; pass < 2; ++pass) {  // the second one in memory that was used before
      size_t at = 0, row = 0;
      const int64_t count = encoder.encode_stream(
          source(at), [&](const StreamImage& image, std::span<const float> vector) {
            ASSERT_EQ(image.id, files_[row].id);
            if ((row + 1) % 7 == 0) {
              EXPECT_EQ(image.error, "could not be read");
            } else {
              EXPECT_EQ(image.error, whole.errors[row]);
            }
            ASSERT_EQ(vector.empty(), image.error.has_value());
            if (!image.error) {
              const auto expected = whole.vectors.row(static_cast<int64_t>(row));
              for (size_t d = 0; d < vector.size(); ++d) ASSERT_NEAR(vector[d], expected[d], 1e-6);
            }
            ++row;
          });
      EXPECT_EQ(count, static_cast<int64_t>(files_.size()));
      EXPECT_EQ(row, files_.size());
    }
  }
}

TEST_F(EncodeStream, OneEncoderInSlicesGivesTheSameBits) {
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

TEST_F(EncodeStream, ReadsInOneThreadAndNotFarAhead) {
  std::atomic<int64_t> read{0};
  std::optional<std::thread::id> reader;
  bool same = true;
  int64_t taken = 0;
  const Encoder encoder(*model_, {.batch_size = 2, .normalize = true, .limits = {}});
  encoder.encode_stream(
      [&]() -> std::optional<StreamImage> {
        if (!reader) reader = std::this_thread::get_id();
        same = same && *reader == std::this_thread::get_id();
        if (read == 60) return std::nullopt;
        ++read;
        return StreamImage{"a", files_[0].bytes, std::nullopt};
      },
      [&](const StreamImage&, std::span<const float>) {
        // A batch ahead, the batch that is handed out, and the one being read.
        EXPECT_LE(read, taken + 2 + 2 + 1);
        ++taken;
      });
  EXPECT_TRUE(same);
  EXPECT_NE(*reader, std::this_thread::get_id());
  EXPECT_EQ(taken, 60);
}

TEST_F(EncodeStream, ErrorsOfSourceSinkAndProgressArriveAndEndIt) {
  const Encoder encoder(*model_, {.batch_size = 4, .normalize = true, .limits = {}});
  int64_t taken = 0;
  const auto count = [&](const StreamImage&, std::span<const float>) { ++taken; };
  size_t made = 0;
  EXPECT_THROW(encoder.encode_stream(
                   [&]() -> std::optional<StreamImage> {
                     if (made++ == 9) throw std::runtime_error("the disk is gone");
                     return StreamImage{"a", files_[0].bytes, std::nullopt};
                   },
                   count),
               std::runtime_error);
  EXPECT_EQ(taken, 8);  // two full batches
  size_t at = 0;
  EXPECT_THROW(encoder.encode_stream(source(at),
                                     [](const StreamImage&, std::span<const float>) {
                                       throw std::runtime_error("the file is full");
                                     }),
               std::runtime_error);
  at = 0;
  taken = 0;
  EXPECT_THROW(encoder.encode_stream(
                   source(at), count, -1,
                   [](const ProgressUpdate&) { throw Error(ErrorCode::cancelled, "stopped"); }),
               Error);
  EXPECT_GE(taken, 4);
  EXPECT_LT(taken, 20);
  // It still works.
  at = 0;
  EXPECT_EQ(encoder.encode_stream(source(at), count), static_cast<int64_t>(files_.size()));
}

TEST_F(EncodeStream, NothingIsNothing) {
  const Encoder encoder(*model_);
  EXPECT_EQ(encoder.encode_stream([]() -> std::optional<StreamImage> { return std::nullopt; },
                                  [](const StreamImage&, std::span<const float>) { FAIL(); }),
            0);
}

}  // namespace
}  // namespace sightline

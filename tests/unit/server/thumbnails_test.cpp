#include "server/thumbnails.h"

#include <gtest/gtest.h>
#include <sightline/image.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/temporary_path.h"
#include "expect_error.h"
#include "image/write_jpeg.h"

namespace sightline::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "0b0e3c1e-uuid";

Image gradient(int width, int height, int seed = 0) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.pixels.push_back(static_cast<uint8_t>(255 * x / width));
      image.pixels.push_back(static_cast<uint8_t>(255 * y / height));
      image.pixels.push_back(static_cast<uint8_t>(seed));
    }
  }
  return image;
}

std::vector<uint8_t> jpeg_of(const Image& image) {
  const std::string bytes = encode_jpeg(image, 95);
  return {bytes.begin(), bytes.end()};
}

Image decoded(const ThumbnailStore::Jpeg& jpeg) {
  return decode_image({reinterpret_cast<const uint8_t*>(jpeg->data()), jpeg->size()}, "thumbnail");
}

std::vector<uint8_t> fixture(const std::string& name) {
  return read_file(fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/image" / name, 1 << 20);
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  return files;
}

TEST(Thumbnails, ShrinkTheLongerSide) {
  ThumbnailStore store(std::nullopt);
  const std::vector<uint8_t> wide = jpeg_of(gradient(1500, 1000));
  for (const int size : {160, 320, 640, 1280}) {
    const Image image = decoded(store.make(kLibrary, "1", size, wide));
    EXPECT_EQ(image.width, size);
    EXPECT_EQ(image.height, (2 * size + 1) / 3);
    const uint8_t* middle =
        &image
             .pixels[static_cast<size_t>(3 * ((image.height / 2) * image.width + image.width / 2))];
    EXPECT_NEAR(middle[0], 127, 6);
    EXPECT_NEAR(middle[1], 127, 6);
  }
  EXPECT_EQ(decoded(store.make(kLibrary, "2", 160, jpeg_of(gradient(100, 700)))).height, 160);
}

TEST(Thumbnails, DoNotEnlargeSmallImages) {
  ThumbnailStore store(std::nullopt);
  const Image image = decoded(store.make(kLibrary, "1", 2560, jpeg_of(gradient(90, 40))));
  EXPECT_EQ(image.width, 90);
  EXPECT_EQ(image.height, 40);
}

// Mean colours of the four quarters of an image.
std::vector<double> quarters(const Image& image) {
  std::vector<double> sums(12), counts(12);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int quarter = 2 * (2 * y / image.height) + 2 * x / image.width;
      for (int c = 0; c < 3; ++c) {
        const auto at = static_cast<size_t>(3 * quarter + c);
        sums[at] += image.pixels[static_cast<size_t>(3 * (y * image.width + x) + c)];
        ++counts[at];
      }
    }
  }
  for (size_t i = 0; i < sums.size(); ++i) sums[i] /= counts[i];
  return sums;
}

TEST(Thumbnails, AreUpright) {
  ThumbnailStore store(std::nullopt);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string name = "exif" + std::to_string(orientation) + ".jpg";
    const std::vector<uint8_t> bytes = fixture(name);
    const Image expected = decode_image(bytes, name);
    const Image image = decoded(store.make(kLibrary, name, 2560, bytes));
    EXPECT_EQ(image.width, expected.width);
    EXPECT_EQ(image.height, expected.height);
    const std::vector<double> found = quarters(image), wanted = quarters(expected);
    for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 8) << name;
  }
}

TEST(Thumbnails, ShowTransparencyOnWhite) {
  ThumbnailStore store(std::nullopt);
  const std::vector<uint8_t> bytes = fixture("rgba8.png");
  const Raster raster = decode_raster(bytes, "rgba8.png");
  ASSERT_EQ(raster.mode, PixelMode::rgba);
  const Image image = decoded(store.make(kLibrary, "1", 2560, bytes));
  ASSERT_EQ(image.width, raster.width);
  double difference = 0;
  const size_t count = image.pixels.size() / 3;
  for (size_t i = 0; i < count; ++i) {
    const double alpha = raster.pixels[4 * i + 3] / 255.0;
    for (size_t c = 0; c < 3; ++c)
      difference +=
          std::abs(raster.pixels[4 * i + c] * alpha + 255 * (1 - alpha) - image.pixels[3 * i + c]);
  }
  EXPECT_LT(difference / static_cast<double>(3 * count), 25);  // JPEG
}

TEST(Thumbnails, RefuseWhatIsNotAnImage) {
  const ScratchFolder scratch;
  ThumbnailStore store(scratch.path());
  const std::string text = "not an image";
  const std::vector<uint8_t> bytes(text.begin(), text.end());
  const std::vector<uint8_t> broken = [] {
    std::vector<uint8_t> all = jpeg_of(gradient(300, 300));
    all.resize(all.size() / 3);
    return all;
  }();
  for (const auto& image : {bytes, broken, std::vector<uint8_t>{}})
    test::expect_error(ErrorCode::invalid_data, "", [&] { store.make(kLibrary, "1", 160, image); });
  EXPECT_EQ(store.find(kLibrary, "1", 160), nullptr);
  EXPECT_TRUE(files_in(scratch.path()).empty());
  test::expect_error(ErrorCode::invalid_argument, "161", [&] { store.find(kLibrary, "1", 161); });
}

TEST(Thumbnails, AreFoundInMemoryAndOnTheDisk) {
  const ScratchFolder scratch;
  const fs::path folder = scratch.path() / "cache/thumbnails";
  ThumbnailStore store(folder);
  EXPECT_EQ(store.find(kLibrary, "1", 160), nullptr);
  const auto made = store.make(kLibrary, "1", 160, jpeg_of(gradient(300, 300)));
  EXPECT_EQ(store.find(kLibrary, "1", 160), made);  // the same object
  EXPECT_EQ(store.find(kLibrary, "1", 320), nullptr);
  EXPECT_EQ(store.find("another", "1", 160), nullptr);
  EXPECT_EQ(store.find("0b0e3c1e-uui", "d1", 160), nullptr);
  ThumbnailStore later(folder);
  const auto read = later.find(kLibrary, "1", 160);
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(*read, *made);
  EXPECT_EQ(later.find(kLibrary, "1", 160), read);
}

TEST(Thumbnails, IgnoreDamagedFiles) {
  const ScratchFolder scratch;
  ThumbnailStore(scratch.path()).make(kLibrary, "1", 160, jpeg_of(gradient(300, 300)));
  ASSERT_EQ(files_in(scratch.path()).size(), 1u);
  const fs::path file = files_in(scratch.path())[0];
  fs::resize_file(file, fs::file_size(file) - 1);
  EXPECT_EQ(ThumbnailStore(scratch.path()).find(kLibrary, "1", 160), nullptr);
  std::ofstream(file).close();
  EXPECT_EQ(ThumbnailStore(scratch.path()).find(kLibrary, "1", 160), nullptr);
}

TEST(Thumbnails, DoNotNeedTheFolder) {
  const ScratchFolder scratch;
  const fs::path file = scratch.path() / "file";
  std::ofstream(file) << "not a folder";
  ThumbnailStore store(file / "thumbnails");
  const auto made = store.make(kLibrary, "1", 160, jpeg_of(gradient(300, 300)));
  EXPECT_EQ(store.find(kLibrary, "1", 160), made);
}

TEST(Thumbnails, HostileKeysStayInTheFolder) {
  const ScratchFolder scratch;
  const fs::path folder = scratch.path() / "cache";
  ThumbnailStore store(folder);
  const std::vector<uint8_t> image = jpeg_of(gradient(30, 30));
  for (const std::string& key :
       {std::string("../../x"), std::string("/etc/x"), std::string("a\0b", 3)})
    store.make("../..", key, 160, image);
  EXPECT_EQ(files_in(scratch.path()).size(), 3u);
  EXPECT_EQ(files_in(folder).size(), 3u);
}

TEST(Thumbnails, MemoryKeepsThoseUsedLast) {
  const std::vector<uint8_t> image = jpeg_of(gradient(200, 200));
  const auto size =
      static_cast<int64_t>(ThumbnailStore(std::nullopt).make("", "", 160, image)->size());
  ThumbnailStore store(std::nullopt, {.memory_bytes = 3 * size});
  for (const char* key : {"1", "2", "3"}) store.make(kLibrary, key, 160, image);
  EXPECT_NE(store.find(kLibrary, "1", 160), nullptr);  // used after "2"
  store.make(kLibrary, "4", 160, image);
  EXPECT_EQ(store.find(kLibrary, "2", 160), nullptr);
  for (const char* key : {"1", "3", "4"}) EXPECT_NE(store.find(kLibrary, key, 160), nullptr);
  ThumbnailStore none(std::nullopt, {.memory_bytes = size - 1});
  none.make(kLibrary, "1", 160, image);
  EXPECT_EQ(none.find(kLibrary, "1", 160), nullptr);
}

TEST(Thumbnails, TheFolderIsBounded) {
  const ScratchFolder scratch;
  const std::vector<uint8_t> image = jpeg_of(gradient(200, 200));
  const auto size =
      static_cast<int64_t>(ThumbnailStore(std::nullopt).make("", "", 160, image)->size());
  fs::create_directories(scratch.path() / "aa");
  const fs::path other = scratch.path() / "aa/holiday.jpg";
  std::ofstream(other) << std::string(static_cast<size_t>(100 * size), 'x');
  ThumbnailStore store(scratch.path(), {.memory_bytes = 0, .disk_bytes = 10 * size});
  const fs::file_time_type old = fs::file_time_type::clock::now() - std::chrono::hours(10);
  for (int i = 0; i < 40; ++i) {
    store.make(kLibrary, std::to_string(i), 160, image);
    // As if each were made a minute after the one before.
    for (const fs::path& file : files_in(scratch.path())) {
      if (fs::last_write_time(file) > old + std::chrono::hours(9))
        fs::last_write_time(file, old + std::chrono::minutes(i));
    }
  }
  EXPECT_TRUE(fs::exists(other));
  EXPECT_LE(files_in(scratch.path()).size(), 12u);
  EXPECT_GE(files_in(scratch.path()).size(), 8u);
  EXPECT_EQ(store.find(kLibrary, "0", 160), nullptr);
  EXPECT_NE(store.find(kLibrary, "39", 160), nullptr);
}

TEST(Thumbnails, ThreadsShareAStore) {
  const ScratchFolder scratch;
  ThumbnailStore store(scratch.path(), {.memory_bytes = 20000, .disk_bytes = 50000});
  const std::vector<uint8_t> image = jpeg_of(gradient(200, 200));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        const std::string key = std::to_string((i * 7 + t) % 20);
        auto jpeg = store.find(kLibrary, key, 160);
        if (!jpeg) jpeg = store.make(kLibrary, key, 160, image);
        EXPECT_EQ(decoded(jpeg).width, 160);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sightline::server

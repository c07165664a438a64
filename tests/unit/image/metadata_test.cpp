// Metadata of images: tests/golden/metadata, which ExifTool and exiv2 wrote and ExifTool read.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/metadata.h>

#include <string>
#include <thread>

#include "base/plugin.h"
#include "image/metadata/metadata_text.h"
#include "unit/image/golden_files.h"

namespace sightline {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

Bytes golden(const std::string& name) {
  return read_file(golden_folder("metadata") / name, 1 << 20);
}

ImageMetadata read(const std::string& name, const Bytes& bytes) {
  return name.ends_with(".xmp") ? read_metadata({}, name, bytes) : read_metadata(bytes, name);
}

std::string text_of(const nlohmann::json& value) {
  return value.is_null() ? "" : value.get<std::string>();
}

void expect_near(const std::optional<double>& value, const nlohmann::json& expected) {
  ASSERT_EQ(value.has_value(), !expected.is_null());
  if (value) {
    EXPECT_NEAR(*value, expected.get<double>(), 1e-6);
  }
}

void expect_fields(const ImageMetadata& metadata, const nlohmann::json& expected) {
  EXPECT_EQ(metadata.date ? metadata.date->text : "", text_of(expected["date"]));
  EXPECT_EQ(metadata.camera, text_of(expected["camera"]));
  EXPECT_EQ(metadata.lens, text_of(expected["lens"]));
  EXPECT_EQ(metadata.title, text_of(expected["title"]));
  EXPECT_EQ(metadata.description, text_of(expected["description"]));
  expect_near(metadata.latitude, expected["latitude"]);
  expect_near(metadata.longitude, expected["longitude"]);
  const auto& rating = expected["rating"];
  EXPECT_EQ(metadata.rating, rating.is_null() ? std::optional<int>() : rating.get<int>());
  EXPECT_EQ(metadata.tags, expected["tags"].get<std::vector<std::string>>());
  EXPECT_EQ(metadata.problems, std::vector<std::string>());
}

TEST(Metadata, GoldenFilesEqualExifTool) {
  if (!plugin_exists("exiv2")) GTEST_SKIP() << "built without libexiv2";
  const auto expected = golden_json("expected.json", "metadata");
  size_t files = 0;
  for (const auto& [name, bytes] : golden_images("metadata")) {
    SCOPED_TRACE(name);
    expect_fields(read(name, bytes), expected.at(name));
    ++files;
  }
  EXPECT_EQ(files, expected.size());
  EXPECT_GE(files, 18u);
}

TEST(Metadata, ExifNeedsNoLibrary) {
  const auto expected = golden_json("expected.json", "metadata");
  for (const char* name : {"exif.jpg", "exif_big_endian.jpg", "windows.jpg", "no_position.jpg"}) {
    SCOPED_TRACE(name);
    expect_fields(read(name, golden(name)), expected.at(name));
  }
}

TEST(Metadata, SaysThatXmpNeedsLibexiv2) {
  if (plugin_exists("exiv2")) GTEST_SKIP() << "built with libexiv2";
  const ImageMetadata metadata = read("all.png", golden("all.png"));
  EXPECT_EQ(metadata.camera, "NIKON D90");
  ASSERT_EQ(metadata.problems.size(), 1u);
  EXPECT_NE(metadata.problems[0].find("install libexiv2-dev"), std::string::npos);
}

TEST(Metadata, FilesWithoutMetadataAreNoProblem) {
  for (const auto& [name, bytes] : golden_images()) {
    SCOPED_TRACE(name);
    const ImageMetadata metadata = read_metadata(bytes, name);
    EXPECT_TRUE(metadata.problems.empty());
    EXPECT_FALSE(metadata.date);
    EXPECT_TRUE(metadata.tags.empty());
  }
  EXPECT_TRUE(read_metadata({}, "empty").problems.empty());
}

TEST(Metadata, SidecarReplacesSingleValues) {
  if (!plugin_exists("exiv2")) GTEST_SKIP() << "built without libexiv2";
  const Bytes sidecar = golden("sidecar.xmp");
  const ImageMetadata metadata = read_metadata(golden("all.jpg"), "all.jpg", sidecar);
  EXPECT_EQ(metadata.title, "From the sidecar");
  EXPECT_EQ(metadata.rating, 5);
  EXPECT_EQ(metadata.tags, std::vector<std::string>{"sidecar"});
  EXPECT_EQ(metadata.camera, "NIKON D90");
  EXPECT_EQ(metadata.description, "Straße am Hafen");
  ASSERT_TRUE(metadata.date);
  EXPECT_EQ(metadata.date->text, "2019-07-01T12:30:05");
  ASSERT_TRUE(metadata.latitude);
  EXPECT_NEAR(*metadata.latitude, -33.8568, 1e-6);
}

std::string packet(const std::string& content) {
  return "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\""
         "http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description "
         "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
         "xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" "
         "xmlns:xap=\"http://ns.microsoft.com/photo/1.0/\">" +
         content + "</rdf:Description></rdf:RDF></x:xmpmeta>";
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

ImageMetadata read_packet(const std::string& text) {
  return read_metadata({}, "a.jpg", bytes_of(text));
}

TEST(Metadata, XmpIsRecognizedByNamespace) {
  if (!plugin_exists("exiv2")) GTEST_SKIP() << "built without libexiv2";
  // "xap" is the prefix that old programs gave to another namespace.
  const auto percent = read_packet(packet("<xap:Rating>99</xap:Rating>"));
  EXPECT_EQ(percent.rating, 5);
  const auto stars = read_packet(packet("<xmp:Rating>2.0</xmp:Rating>"));
  EXPECT_EQ(stars.rating, 2);
  EXPECT_FALSE(read_packet(packet("<xmp:Rating>7</xmp:Rating>")).rating);
  EXPECT_FALSE(read_packet(packet("<xmp:Rating>nan</xmp:Rating>")).rating);
}

TEST(Metadata, XmpInUtf16) {
  if (!plugin_exists("exiv2")) GTEST_SKIP() << "built without libexiv2";
  for (const bool mark : {false, true}) {
    std::string wide = mark ? "\xfe\xff" : "";
    for (const char c : packet("<xmp:Rating>2</xmp:Rating>")) wide += std::string(1, '\0') + c;
    const ImageMetadata metadata = read_packet(wide);
    EXPECT_EQ(metadata.rating, 2);
    EXPECT_TRUE(metadata.problems.empty());
  }
}

TEST(Metadata, HostileXmpIsAProblem) {
  if (!plugin_exists("exiv2")) GTEST_SKIP() << "built without libexiv2";
  std::string namespaces;
  for (int i = 0; i < 501; ++i) {
    namespaces += message("<n", i, ":e xmlns:n", i, "=\"http://n/", i, "\">1</n", i, ":e>");
  }
  const struct {
    std::string text;
    const char* expected;
  } cases[] = {
      {packet("<dc:title>"), "that is damaged"},
      {"no XML", "that is damaged"},
      {"<!DOCTYPE a [<!ENTITY b \"c\">]>" + packet("<dc:title>&b;</dc:title>"), "document type"},
      {packet(repeated("<dc:a>", 100) + repeated("</dc:a>", 100)), "64 levels"},
      {packet(std::string(size_t{5} << 20, 'x')), "larger than 4 MiB"},
      {packet(repeated("<dc:a/>", 20'001)), "20000 elements"},
      {packet(namespaces), "500 namespaces"},
      {packet(std::string("<dc:title>\0</dc:title>", 22)), "not UTF-8"},
  };
  for (const auto& [text, expected] : cases) {
    const ImageMetadata metadata = read_packet(text);
    ASSERT_EQ(metadata.problems.size(), 1u) << expected;
    EXPECT_NE(metadata.problems[0].find(expected), std::string::npos) << metadata.problems[0];
    EXPECT_EQ(metadata.title, "");
  }
  // The parser still works.
  EXPECT_EQ(read_packet(packet("<xmp:Rating>3</xmp:Rating>")).rating, 3);
}

TEST(Metadata, ManyNamespacesDoNotChangeLaterPackets) {
  if (!plugin_exists("exiv2")) GTEST_SKIP() << "built without libexiv2";
  const ImageMetadata expected = read("all.jpg", golden("all.jpg"));
  for (int file = 0; file < 8; ++file) {
    std::string content;
    for (int i = 0; i < 400; ++i) {
      const std::string prefix = message("n", file, "_", i);
      content += message("<", prefix, ":e xmlns:", prefix, "=\"http://n/", file, "/", i, "\">1</",
                         prefix, ":e>");
    }
    EXPECT_TRUE(read_packet(packet(content)).problems.empty());
    const ImageMetadata metadata = read("all.jpg", golden("all.jpg"));
    EXPECT_EQ(metadata.tags, expected.tags);
    EXPECT_EQ(metadata.title, expected.title);
  }
}

TEST(Metadata, TagsAndTextsAreLimited) {
  if (!plugin_exists("exiv2")) GTEST_SKIP() << "built without libexiv2";
  std::string items;
  for (int i = 0; i < 1200; ++i) items += message("<rdf:li>tag ", i, "</rdf:li>");
  const std::string title = repeated("ü", 900);
  const auto metadata =
      read_packet(packet("<dc:subject><rdf:Bag>" + items + "</rdf:Bag></dc:subject><dc:title>" +
                         title + "</dc:title>"));
  EXPECT_EQ(metadata.tags.size(), 1000u);
  EXPECT_EQ(metadata.title, repeated("ü", 500));  // 1000 bytes
}

// Every file cut at every length, and with each byte changed: no crash, no exception.
TEST(Metadata, DamagedFilesAreReadAsFarAsPossible) {
  for (const auto& [name, bytes] : golden_images("metadata")) {
    SCOPED_TRACE(name);
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 400) {
      Bytes cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
      EXPECT_LE(read(name, cut).tags.size(), 5u);
    }
    for (size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 400) {
      Bytes changed = bytes;
      changed[at] ^= 0xFF;
      EXPECT_LE(read(name, changed).tags.size(), 1000u);
    }
  }
}

TEST(Metadata, ConcurrentCallsGiveTheSameResult) {
  const auto files = golden_images("metadata");
  std::vector<std::thread> threads;
  std::vector<std::vector<std::string>> titles(4);
  for (auto& result : titles) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        for (const auto& [name, bytes] : files) result.push_back(read(name, bytes).title);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : titles) EXPECT_EQ(result, titles[0]);
  EXPECT_EQ(titles[0].size(), 20 * files.size());
}

TEST(CivilTime, ParsesTheFormsInFiles) {
  const struct {
    const char* text;
    const char* expected;  // nullptr: not a date
    int64_t seconds;
  } cases[] = {
      {"2019:07:01 12:30:05", "2019-07-01T12:30:05", 1561984205},
      {"2019-07-01T12:30:05.25+02:00", "2019-07-01T12:30:05", 1561984205},
      {"2019-07-01T12:30Z", "2019-07-01T12:30:00", 1561984200},
      {" 2019:07:01 ", "2019-07-01T00:00:00", 1561939200},
      {"2019-07", "2019-07-01T00:00:00", 1561939200},
      {"2019", "2019-01-01T00:00:00", 1546300800},
      {" 2019/7/1 12:30:05Z", "2019-07-01T12:30:05", 1561984205},
      {"2019-07-01t12", "2019-07-01T12:00:00", 1561982400},
      {"2019-07-01+02:00", "2019-07-01T00:00:00", 1561939200},
      {"1969:12:31 23:59:59", "1969-12-31T23:59:59", -1},
      {"2020:02:29 00:00:00", "2020-02-29T00:00:00", 1582934400},
      {"2019:07:01 25:00:00", "2019-07-01T00:00:00", 1561939200},
      {"2019:07:01 12:30:60", "2019-07-01T12:30:59", 1561984259},
      {"2019:02:29 00:00:00", nullptr, 0},
      {"2019:13:01 00:00:00", nullptr, 0},
      {"0000:00:00 00:00:00", nullptr, 0},
      {"    :  :     :  :  ", nullptr, 0},
      {"1 July 2019", nullptr, 0},
      {"20190701", nullptr, 0},
      {"2019-07-01x", nullptr, 0},
      {"201-07-01", nullptr, 0},
      {"", nullptr, 0},
  };
  for (const auto& [text, expected, seconds] : cases) {
    SCOPED_TRACE(text);
    const auto time = parse_civil_time(text);
    ASSERT_EQ(time.has_value(), expected != nullptr);
    if (!time) continue;
    EXPECT_EQ(time->text, expected);
    EXPECT_EQ(time->seconds, seconds);
  }
}

TEST(MetadataText, IsCleanUtf8) {
  using image::clean_text;
  EXPECT_EQ(clean_text("  Canon\0junk"), "Canon");
  EXPECT_EQ(clean_text("a\nb\tc\x7f"), "a b c");
  EXPECT_EQ(clean_text("Stra\xdf"
                       "e \x80"),
            "Straße €");
  EXPECT_EQ(clean_text("Straße"), "Straße");
  EXPECT_EQ(clean_text("aüb", 2), "a");
  EXPECT_EQ(clean_text(repeated("ü", 100), 11), repeated("ü", 5));
  EXPECT_EQ(image::clean_utf16(Bytes{'h', 0, 'i', 0, 0, 0, 'x', 0}), "hi");
  EXPECT_EQ(image::clean_utf16(Bytes{0, 0xD8, 'i', 0}), "");  // half of a surrogate pair
}

TEST(MetadataText, CameraNameHasTheMakeOnce) {
  using image::camera_name;
  EXPECT_EQ(camera_name("Canon", "Canon EOS 5D"), "Canon EOS 5D");
  EXPECT_EQ(camera_name("NIKON CORPORATION", "NIKON D90"), "NIKON D90");
  EXPECT_EQ(camera_name("SONY", "DSC-RX100"), "SONY DSC-RX100");
  EXPECT_EQ(camera_name("Apple", "iPhone 12"), "Apple iPhone 12");
  EXPECT_EQ(camera_name("", "X100"), "X100");
  EXPECT_EQ(camera_name("FUJIFILM", ""), "FUJIFILM");
}

}  // namespace
}  // namespace sightline

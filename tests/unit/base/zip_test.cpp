#include "base/zip.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include "unit/base/zip_writer.h"

namespace sightline {
namespace {

using testing::packed;
using testing::stored;
using testing::ZipItem;

std::span<const uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string text_of(std::span<const uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

// Returns the error message for an archive; the test fails if there is no error.
std::string error_message(const std::string& content, ErrorCode code = ErrorCode::invalid_data,
                          const ZipLimits& limits = {}) {
  try {
    const ZipArchive archive(bytes_of(content), "x.zip", limits);
    for (const auto& [name, entry] : archive.entries()) {
      if (entry.deflated) archive.unpack(entry);
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string(error.what()).find("'x.zip'"), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Zip, ReadsStoredAndDeflatedEntries) {
  const std::string zeros(100'000, '\0');
  const std::string content =
      testing::zip({stored("a/data.pkl", "abc"), packed("a/data/0", zeros + "x"),
                    stored("a/empty", ""), packed("none", "")});
  const ZipArchive archive(bytes_of(content), "x.zip");
  ASSERT_EQ(archive.entries().size(), 4u);
  EXPECT_EQ(text_of(archive.find("a/data.pkl")->packed), "abc");
  EXPECT_EQ(text_of(archive.unpack(*archive.find("a/data/0"))), zeros + "x");
  EXPECT_TRUE(archive.unpack(*archive.find("none")).empty());
  EXPECT_EQ(archive.find("b"), nullptr);
}

TEST(Zip, ReadsZip64AndComments) {
  ZipItem item = stored("a", "abc");
  item.wide = true;
  const std::string content = testing::zip(
      {item, stored("b", "d")}, {.wide = true, .comment = "a comment with PK\x05\x06 in it"});
  const ZipArchive archive(bytes_of(content), "x.zip");
  EXPECT_EQ(text_of(archive.find("a")->packed), "abc");
  EXPECT_EQ(text_of(archive.find("b")->packed), "d");
}

TEST(Zip, RejectsUnsafeNames) {
  for (const char* name :
       {"../x", "a/../../x", "a/..", "..", "/etc/passwd", "C:/x", "a\\b", "..\\x", "a\nb"}) {
    expect_part(error_message(testing::zip({stored(name, "x")})), "the name of entry '");
  }
  expect_part(error_message(testing::zip({stored(std::string("a\0b", 3), "x")})),
              "has control characters");
  expect_part(error_message(testing::zip({stored("", "x")})), "is empty");
  // Dots that do not lead to a parent folder are allowed.
  const std::string content = testing::zip({stored("..a/b..", "x"), stored("...", "y")});
  EXPECT_NO_THROW(ZipArchive(bytes_of(content), "x.zip"));
}

TEST(Zip, RejectsDuplicatesAndOverlaps) {
  expect_part(error_message(testing::zip({stored("a", "1"), stored("a", "2")})), "appears twice");
  ZipItem second = stored("a", "12345678");
  second.offset = 0;  // the position of the first entry's header
  expect_part(error_message(testing::zip({stored("b", "12345678"), second})),
              "another name or method");
  second.name = "b";
  second.local_name = "c";
  expect_part(error_message(testing::zip({stored("b", "12345678"), second})), "appears twice");
  // An entry whose bytes contain another entry, as in self-reproducing archives.
  ZipItem inner = stored("inner", "x");
  const std::string local = testing::zip({inner});
  ZipItem outer = stored("outer", local);
  inner.offset = 30 + 5;
  expect_part(error_message(testing::zip({outer, inner})), "overlaps the one before it");
}

TEST(Zip, RejectsZipBombsBeforeUnpacking) {
  ZipItem bomb = packed("a", std::string(4 << 20, '\0'));
  expect_part(error_message(testing::zip({bomb}), ErrorCode::limit_exceeded),
              "expected at most 200 times as much");
  bomb.size = int64_t{1} << 60;
  bomb.wide = true;
  expect_part(error_message(testing::zip({bomb}), ErrorCode::limit_exceeded), "unpacks ");
  expect_part(error_message(testing::zip({packed("a", std::string(1000, 'a')),
                                          packed("b", std::string(1000, 'b'))}),
                            ErrorCode::limit_exceeded, {.max_unpacked = 1999}),
              "expected at most 1999 in total");
  expect_part(error_message(testing::zip({stored("a", ""), stored("b", "")}),
                            ErrorCode::limit_exceeded, {.max_entries = 1}),
              "has 2 entries; expected at most 1");
}

TEST(Zip, RejectsContradictingHeaders) {
  ZipItem item = stored("a", "abc");
  item.size = 4;
  expect_part(error_message(testing::zip({item})), "its sizes differ: 3 and 4");
  item = stored("a", "abc");
  item.local_name = "b";
  expect_part(error_message(testing::zip({item})),
              "entry 'a' at byte 0 has another name or method in its local header");
  item = stored("a", "abc");
  item.offset = 1 << 20;
  expect_part(error_message(testing::zip({item})), "entry 'a' at byte 1048576 has no local header");
  item = packed("a", "abcabcabc");
  item.size = 8;
  expect_part(error_message(testing::zip({item})), "does not unpack to 8 bytes");
  item.size = 9;
  item.crc ^= 1;
  expect_part(error_message(testing::zip({item})), "does not match its checksum");
  item = stored("a", "abc");
  item.method = 12;
  expect_part(error_message(testing::zip({item}), ErrorCode::unsupported),
              "uses compression method 12");
  item = stored("a", "abc");
  item.flags = 1;
  expect_part(error_message(testing::zip({item}), ErrorCode::unsupported), "is encrypted");
  item = stored("a", "abc");
  item.disk = 1;
  expect_part(error_message(testing::zip({item}), ErrorCode::unsupported), "on another disk");
  expect_part(error_message(testing::zip({stored("a", "")}, {.disk = 1}), ErrorCode::unsupported),
              "one disk of a multi-disk zip archive");
  expect_part(error_message(testing::zip({stored("a", "")}, {.entries = 60000})),
              "claims 60000 entries");
  expect_part(error_message(testing::zip({stored("a", "")}, {.offset = 1 << 30})),
              "its directory claims bytes");
  expect_part(
      error_message(testing::zip({stored("a", "")}, {.entries = int64_t{1} << 50, .wide = true})),
      "claims 1125899906842624 entries");
}

// A truncated archive is an error; a modified one is an error or another archive, never a crash.
TEST(Zip, SurvivesTruncationAndModification) {
  ZipItem wide = packed("wide", std::string(300, 'w'));
  wide.wide = true;
  for (const bool is_wide : {false, true}) {
    const std::string content =
        testing::zip({stored("a/data.pkl", "abc"), wide}, {.wide = is_wide});
    for (size_t i = 0; i < content.size(); ++i) {
      EXPECT_NE(error_message(content.substr(0, i)), "");
      for (const int change : {0x01, 0x80, 0xff}) {
        std::string other = content;
        other[i] = static_cast<char>(other[i] ^ change);
        try {
          const ZipArchive archive(bytes_of(other), "x.zip");
          for (const auto& [name, entry] : archive.entries()) {
            if (entry.deflated) archive.unpack(entry);
          }
        } catch (const Error&) {
        }
      }
    }
  }
}

}  // namespace
}  // namespace sightline

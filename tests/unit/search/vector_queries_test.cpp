// Query vectors from arrays and texts.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/search.h>
#include <unistd.h>

#include "base/file.h"
#include "base/npy.h"
#include "expect_error.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

class VectorQueries : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("sightline_vector_queries." + std::to_string(::getpid()));
    fs::create_directories(folder_);
    write("set.npy", {1, 0, 0, 1}, {2, 2});
    write("q.npy", {3, 4, 0, 2}, {2, 2});
    write("one.npy", {0, 5}, {2});
    set_ = open_vector_collection(folder_ / "set.npy");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, std::vector<float> values, std::vector<int64_t> shape) const {
    write_npy(folder_ / name, std::span<const float>(values), shape);
  }
  std::vector<Query> read(const std::string& name) {
    return read_vector_queries((folder_ / name).string(), *set_, warnings_);
  }
  std::vector<Query> parse(const std::string& text) {
    return parse_vector_queries(text, "-", *set_, warnings_);
  }
  void expect_refused(const std::string& text, const std::string& part) {
    try {
      parse(text);
      ADD_FAILURE() << "no error for " << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }

  fs::path folder_;
  std::unique_ptr<Collection> set_;
  std::vector<std::string> warnings_;
};

TEST_F(VectorQueries, ComeFromArrays) {
  const std::vector<Query> queries = read("q.npy");
  ASSERT_EQ(queries.size(), 2u);
  EXPECT_EQ(queries[0].terms[0].vector, (std::vector<float>{.6f, .8f}));  // unit length
  EXPECT_TRUE(queries[1].name.ends_with("q.npy#1")) << queries[1].name;
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("cannot be verified"), std::string::npos);
  const SearchResult found = search_collection(*set_, queries, {.k = 1});
  EXPECT_EQ(found.queries[0].hits[0].item.id, "1");
  EXPECT_EQ(read("q.npy#1")[0].terms[0].vector, (std::vector<float>{0, 1}));
  EXPECT_EQ(read("one.npy").size(), 1u);
  expect_error(ErrorCode::invalid_argument, "has no row 2, only 2 rows", [&] { read("q.npy#2"); });
  expect_error(ErrorCode::invalid_argument, "expected FILE or FILE#ROW", [&] { read("q.npy#x"); });
  expect_error(ErrorCode::not_found, "none.npy", [&] { read("none.npy"); });
  fs::copy(folder_ / "one.npy", folder_ / "a#b.npy");
  EXPECT_EQ(read("a#b.npy").size(), 1u);
}

TEST_F(VectorQueries, ComeFromBytesOfArrays) {
  const auto bytes = [&](const char* name) { return read_text_file(folder_ / name, 1 << 20); };
  const std::vector<Query> queries = parse(bytes("q.npy"));
  ASSERT_EQ(queries.size(), 2u);
  EXPECT_EQ(queries[0].terms[0].vector, (std::vector<float>{.6f, .8f}));
  EXPECT_EQ(queries[1].name, "-#1");
  EXPECT_EQ(parse(bytes("one.npy")).at(0).terms[0].vector, (std::vector<float>{0, 1}));
  expect_refused(bytes("q.npy").substr(0, 100), "-");
}

TEST_F(VectorQueries, OfTheCollectionItselfNeedNoProvenance) {
  EXPECT_EQ(read("set.npy#1").size(), 1u);
  EXPECT_TRUE(warnings_.empty()) << warnings_.front();
}

TEST_F(VectorQueries, ComeFromTexts) {
  const std::vector<float> expected = {.6f, .8f};
  for (const char* text : {"3 4", "3,4\n", "[3, 4]", "[\n3,\n4\n]", "[[3, 4]]", " +3e0\t4.0 \r\n"})
    EXPECT_EQ(parse(text).at(0).terms[0].vector, expected) << text;
  for (const char* text :
       {"[3, 4]\n[0, 1]\n", "[[3, 4], [0, 1]]", "3 4\n\n0 1", "[\n[3, 4],\n[0, 1]]"}) {
    const std::vector<Query> queries = parse(text);
    ASSERT_EQ(queries.size(), 2u) << text;
    EXPECT_EQ(queries[0].terms[0].vector, expected);
    EXPECT_EQ(queries[1].name, "-#1");
  }
  write_file_atomic(folder_ / "q.json", std::string_view("[[3, 4], [0, 1]]"));
  EXPECT_EQ(read("q.json").size(), 2u);
  EXPECT_EQ(read("q.json#1")[0].terms[0].vector, (std::vector<float>{0, 1}));
}

TEST_F(VectorQueries, WrongTextsAreNamed) {
  expect_refused("", "is empty");
  expect_refused("1 two", "expected a number, found 'two'");
  expect_refused("[1, \"2\"]", "expected a list of numbers");
  expect_refused("[", "JSON");
  expect_refused("0 0", "is zero or empty");
  expect_refused("1 nan", "has a NaN");
  expect_refused("1e39 0", "beyond the range of float32");
  expect_refused("1e999 0", "beyond the range of float32");
}

TEST_F(VectorQueries, OfAnotherModelAreRefused) {
  const auto write_set = [&](const char* name, const char* fingerprint) {
    VectorProvenance provenance;
    provenance.model = fingerprint;
    provenance.fingerprint = fingerprint;
    VectorSetWriter writer(folder_ / name, 2, provenance);
    writer.add(std::vector<float>{1, 0}, {"x", {}, {}});
    writer.close();
  };
  write_set("a.npy", "aaaa");
  write_set("b.npy", "bbbb");
  write_set("b2.npy", "bbbb");
  set_ = open_vector_collection(folder_ / "b.npy");
  expect_error(ErrorCode::invalid_argument, "was made by the model 'bbbb'", [&] { read("a.npy"); });
  EXPECT_EQ(read("b2.npy").size(), 1u);
  EXPECT_TRUE(warnings_.empty());
}

}  // namespace
}  // namespace sightline

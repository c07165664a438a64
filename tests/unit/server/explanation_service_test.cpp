#include "server/explanation_service.h"

#include <gtest/gtest.h>
#include <sightline/error.h>

#include <filesystem>
#include <future>

#include "base/file.h"
#include "image/write_png.h"
#include "server/search_service.h"

namespace sightline::server {
namespace {

namespace fs = std::filesystem;

using Kept = std::shared_ptr<const ServedExplanation>;

// A library of one image, and the service that explains it.
class Explanations : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new fs::path(fs::temp_directory_path() / "sightline-explanation-service-test");
    fs::remove_all(*folder_);
    fs::create_directories(*folder_ / "images");
    write_file_atomic(*folder_ / "images" / "a.png", std::span<const uint8_t>(image()));
    const std::string spec = std::string(SIGHTLINE_SOURCE_DIR) + "/models/emoji-vit-8";
    LibraryWriter writer(*folder_ / "library", {.create = true});
    const fs::path paths[] = {*folder_ / "images"};
    writer.index(paths, Model::load(spec), spec);
  }
  static void TearDownTestSuite() {
    fs::remove_all(*folder_);
    delete folder_;
  }

  static std::vector<uint8_t> image() {
    return encode_png({64, 64, std::vector<uint8_t>(size_t{3} * 64 * 64, 200)});
  }
  static ServerOptions options() {
    ServerOptions out;
    out.library = *folder_ / "library";
    return out;
  }

  // Adds a job whose client leaves when it has been asked for `looks` times; -1: never.
  std::future<Kept> add(const std::string& text, int looks = -1) {
    auto answer = std::make_shared<std::promise<Kept>>();
    auto left = std::make_shared<int>(looks);
    const LibraryView view = library_.view();
    const bool added =
        service_.add({key(text), view, parse_query(text), [] { return image(); },
                      [left, this] { return ++looked_, *left >= 0 && (*left)-- == 0; },
                      [answer](Kept made, std::exception_ptr error) {
                        if (error) return answer->set_exception(error);
                        answer->set_value(std::move(made));
                      }});
    EXPECT_TRUE(added);
    return answer->get_future();
  }
  ExplanationKey key(const std::string& text) {
    return {library_.view().about.provenance.fingerprint, 1, std::nullopt, text};
  }
  static ErrorCode code_of(std::future<Kept> answer) {
    try {
      answer.get();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  }
  bool counted(const std::string& result, int count) const {
    const std::string line = "sightline_explanations_total{result=\"" + result + "\"} ";
    return metrics_.text().find(line + std::to_string(count) + "\n") != std::string::npos;
  }

  static fs::path* folder_;
  ServerOptions options_ = options();
  Metrics metrics_;
  ServedLibrary library_{options_};
  SearchService searches_{library_, options_, metrics_, [](const std::string&) { return nullptr; }};
  std::atomic<int> looked_ = 0;
  ExplanationService service_{searches_, options_, metrics_};
};

fs::path* Explanations::folder_ = nullptr;

TEST_F(Explanations, AreKept) {
  EXPECT_EQ(service_.find(key("red")), nullptr);
  const Kept made = add("red").get();
  EXPECT_GE(made->explanation.heat.values.size(), 16u);  // more where the machine is fast enough
  EXPECT_EQ(service_.find(key("red")), made);
  EXPECT_EQ(add("red").get(), made);
  EXPECT_EQ(service_.find(key("blue")), nullptr);
  EXPECT_TRUE(counted("computed", 1));
  EXPECT_TRUE(counted("kept", 2));
}

TEST_F(Explanations, EndWhenTheClientLeaves) {
  add("a text that measures the model").get();
  looked_ = 0;
  EXPECT_EQ(code_of(add("red", 3)), ErrorCode::cancelled);
  EXPECT_EQ(looked_, 4);  // of 101 encodings, the batch after which it was seen is the last
  EXPECT_EQ(service_.find(key("red")), nullptr);
  EXPECT_TRUE(counted("cancelled", 1));
  EXPECT_NE(add("red").get(), nullptr);
}

TEST_F(Explanations, ErrorsAreNotKept) {
  EXPECT_EQ(code_of(add("red -red")), ErrorCode::invalid_argument);
  EXPECT_TRUE(counted("failed", 1));
  EXPECT_EQ(service_.find(key("red -red")), nullptr);
}

TEST_F(Explanations, EndWithTheService) {
  std::vector<std::future<Kept>> answers;
  for (int i = 0; i < 8; ++i) answers.push_back(add("text " + std::to_string(i)));
  service_.stop();
  size_t cancelled = 0;
  for (auto& answer : answers) cancelled += code_of(std::move(answer)) == ErrorCode::cancelled;
  EXPECT_GE(cancelled, 6u);
}

TEST(AffordableCells, FitTwoSecondsAndAreNeverFewerThanFour) {
  ModelInfo info;
  info.image_size = 224;
  info.patch_size = 16;
  EXPECT_EQ(affordable_cells(info, 0), 14);
  EXPECT_EQ(affordable_cells(info, 0.006), 14);  // 324 encodings
  EXPECT_EQ(affordable_cells(info, 0.0199), 8);  // 100
  EXPECT_EQ(affordable_cells(info, 0.06), 4);    // 25
  EXPECT_EQ(affordable_cells(info, 10), 4);
  info.image_size = 64;
  info.patch_size = 8;
  EXPECT_EQ(affordable_cells(info, 0.01), 8);
}

}  // namespace
}  // namespace sightline::server

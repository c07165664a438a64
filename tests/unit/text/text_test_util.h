// Fixtures for tokenizer tests: a scratch directory, sample texts to train a small tokenizer on,
// and golden files.
#pragma once

#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/tokenizer.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sightline::testing {

namespace fs = std::filesystem;

class ScratchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ =
        fs::temp_directory_path() / (std::string("sightline_text_") + info->test_suite_name() +
                                     "_" + info->name() + "_" + std::to_string(::getpid()));
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(directory_ / name, std::ios::binary) << content;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(directory_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  nlohmann::json read_json(const std::string& name) const {
    return nlohmann::json::parse(read(name));
  }

  fs::path directory_;
};

inline std::vector<std::string> sample_texts() {
  return {"a red ball",
          "a red cat",
          "the cat's ball",
          "flying in the sky",
          "a red red balloon in the sky",
          "the ball, the cat and the balloon",
          "ééé café",
          "日本語 日本語",
          "it's 2024!"};
}

inline nlohmann::json golden(const std::string& name) {
  std::ifstream file(fs::path(SIGHTLINE_SOURCE_DIR) / "tests/golden/tokenizer" / name);
  return nlohmann::json::parse(file);
}

// Returns the Error thrown by fn. Fails the test if there is none.
template <typename Fn>
Error error_of(Fn&& fn) {
  try {
    fn();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return Error(ErrorCode::internal, "");
}

}  // namespace sightline::testing

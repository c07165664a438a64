// The shipped model, its images, and checks of statuses, for the tests of the C API.
#pragma once

#include <gtest/gtest.h>
#include <sightline_c.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sightline::test {

namespace fs = std::filesystem;

inline fs::path model_folder() {
  return fs::path(SIGHTLINE_SOURCE_DIR) / "models/emoji-vit-16";
}

// An image of the model's references, such as "odd.jpg".
inline fs::path image_file(const std::string& name) {
  return model_folder() / "verify" / name;
}

inline std::vector<uint8_t> bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Expects success and an empty message.
#define EXPECT_OK(call)                                                        \
  do {                                                                         \
    const sightline_status status_ = (call);                                   \
    EXPECT_EQ(status_, SIGHTLINE_OK) << error.message;                         \
    EXPECT_EQ(error.status, status_);                                          \
    EXPECT_STREQ(error.message, status_ == SIGHTLINE_OK ? "" : error.message); \
  } while (false)

// Expects a status and a part of the message; without a sightline_error, the same status.
#define EXPECT_FAILS(expected, part, call)                                                \
  do {                                                                                    \
    EXPECT_EQ((call), expected) << error.message;                                         \
    EXPECT_EQ(error.status, expected);                                                    \
    EXPECT_NE(std::string(error.message).find(part), std::string::npos) << error.message; \
  } while (false)

// Frees a handle at the end of its scope.
template <typename Handle, void (*Free)(Handle*)>
class Owned {
 public:
  Owned() = default;
  ~Owned() { Free(handle_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  operator Handle*() const { return handle_; }
  // Returns the output argument for a new handle; frees the previous one.
  Handle** out() {
    Free(handle_);
    handle_ = nullptr;
    return &handle_;
  }

 private:
  Handle* handle_ = nullptr;
};
using OwnedModel = Owned<sightline_model, sightline_model_free>;
using OwnedEncoder = Owned<sightline_encoder, sightline_encoder_free>;
using OwnedIndex = Owned<sightline_index, sightline_index_free>;
using OwnedLibrary = Owned<sightline_library, sightline_library_free>;
using OwnedState = Owned<sightline_library_state, sightline_library_state_free>;
using OwnedChanges = Owned<sightline_changes, sightline_changes_free>;
using OwnedHits = Owned<sightline_hits, sightline_hits_free>;
using OwnedFailures = Owned<sightline_failures, sightline_failures_free>;

// A struct of results whose size is set.
template <typename T>
T sized() {
  T value = {};
  value.struct_size = sizeof value;
  return value;
}

// A folder that is removed at the end.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (fs::temp_directory_path() / "sightline-c-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The shipped model, loaded once per program.
inline const sightline_model* shared_model() {
  static OwnedModel model;
  if (model == nullptr) {
    sightline_error error;
    if (sightline_model_load(model_folder().c_str(), nullptr, model.out(), &error) != SIGHTLINE_OK)
      throw std::runtime_error(error.message);
  }
  return model;
}

inline int64_t shared_dim() {
  auto info = sized<sightline_model_info>();
  sightline_model_get_info(shared_model(), &info, nullptr);
  return info.embedding_dim;
}

}  // namespace sightline::test

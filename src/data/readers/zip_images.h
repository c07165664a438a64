// Images in zip archives next to a metadata file, as the Hugging Face Hub stores many of them.
#pragma once

#include <sightline/error.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

// The archives NAME.zip of one folder, opened at the first image that is not a file. Nothing is
// unpacked to disk. Memory: the archives' directories. Not thread-safe.
class ZipImages {
 public:
  explicit ZipImages(std::filesystem::path folder);
  ~ZipImages();
  ZipImages(ZipImages&&) noexcept;

  // Returns the bytes of the image that metadata calls `name`: the entry of this name; below a
  // folder that is called like the archive (images/a.png in images.zip); or the entry that the name
  // has without this folder. Nothing if no archive has it. Throws limit_exceeded if it has more than
  // max_bytes; invalid_data or unsupported if no archive has it and one cannot be read.
  std::optional<std::vector<uint8_t>> read(const std::string& name, int64_t max_bytes);

 private:
  struct Archive;
  void open();

  std::filesystem::path folder_;
  bool opened_ = false;
  std::vector<std::unique_ptr<Archive>> archives_;
  std::optional<Error> problem_;  // of the first archive that cannot be read
};

// Returns the name of the metadata file in a zip archive ("train/metadata.jsonl"), or "". Throws
// invalid_data, unsupported, io.
std::string metadata_in_zip(const std::filesystem::path& zip);

}  // namespace sightline

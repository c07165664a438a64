// Files that torch.save and torch.jit.save write.
#pragma once

#include <vector>

#include "weights/weights_file.h"

namespace sightline {

// A zip archive with one data.pkl and the storages it names: torch.save since PyTorch 1.6, and
// TorchScript, whose code is not looked at. Throws Error: not_found, io, invalid_data, unsupported
// (an opcode, a name, big-endian numbers …), limit_exceeded.
class TorchZipFile : public WeightsFile {
 public:
  explicit TorchZipFile(const std::filesystem::path& path);
  const std::map<std::string, TensorEntry>& entries() const override { return entries_; }
  const MappedFile& file() const override { return file_; }

 private:
  MappedFile file_;
  std::map<std::string, std::vector<uint8_t>> unpacked_;  // storages that were deflated
  std::map<std::string, TensorEntry> entries_;
};

// What torch.save wrote before PyTorch 1.6, and still writes when asked: five pickles (a magic
// number, the protocol, the machine, the object, the storages' keys), then the storages.
class TorchLegacyFile : public WeightsFile {
 public:
  explicit TorchLegacyFile(const std::filesystem::path& path);
  const std::map<std::string, TensorEntry>& entries() const override { return entries_; }
  const MappedFile& file() const override { return file_; }

 private:
  MappedFile file_;
  std::map<std::string, TensorEntry> entries_;
};

}  // namespace sightline

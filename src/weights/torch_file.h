// Reads files written by torch.save and torch.jit.save.
#pragma once

#include <vector>

#include "weights/weights_file.h"

namespace sightline {

// A zip archive that contains one data.pkl and the storages it refers to: the format of torch.save
// since PyTorch 1.6, and of TorchScript, whose code is ignored.
class TorchZipFile : public WeightsFile {
 public:
  // Throws Error: not_found, io, invalid_data, unsupported (an opcode or name that is not allowed,
  // big-endian data …), limit_exceeded.
  explicit TorchZipFile(const std::filesystem::path& path);
  const std::map<std::string, TensorEntry>& entries() const override { return entries_; }
  const MappedFile& file() const override { return file_; }

 private:
  MappedFile file_;
  std::map<std::string, std::vector<uint8_t>> unpacked_;  // contents of deflated storages
  std::map<std::string, TensorEntry> entries_;
};

// The format of torch.save before PyTorch 1.6, still available as an option: five pickles (a magic
// number, the protocol, the machine, the object, the keys of the storages), then the storages.
class TorchLegacyFile : public WeightsFile {
 public:
  // Throws as TorchZipFile does.
  explicit TorchLegacyFile(const std::filesystem::path& path);
  const std::map<std::string, TensorEntry>& entries() const override { return entries_; }
  const MappedFile& file() const override { return file_; }

 private:
  MappedFile file_;
  std::map<std::string, TensorEntry> entries_;
};

}  // namespace sightline

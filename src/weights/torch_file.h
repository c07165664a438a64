// Reads files written by torch.save and torch.jit.save.
#pragma once

#include <vector>

#include "weights/torch_tensors.h"
#include "weights/weights_file.h"

namespace sightline {

// A zip archive that contains one data.pkl and the storages it refers to: the format of torch.save
// since PyTorch 1.6, and of TorchScript, whose code is ignored.
class TorchZipFile : public WeightsFile {
 public:
  // Throws Error: not_found, io, invalid_data, unsupported (an opcode that is not allowed, an
  // object of an unknown class where the weights should be, big-endian data …), limit_exceeded.
  explicit TorchZipFile(const std::filesystem::path& path);
  const std::map<std::string, TensorEntry>& entries() const override { return tensors_.entries; }
  const MappedFile& file() const override { return file_; }
  std::string other_value(const std::string& name) const override;

 private:
  MappedFile file_;
  std::map<std::string, std::vector<uint8_t>> unpacked_;  // contents of deflated storages
  TorchTensors tensors_;
};

// The format of torch.save before PyTorch 1.6, still available as an option: five pickles (a magic
// number, the protocol, the machine, the object, the keys of the storages), then the storages.
class TorchLegacyFile : public WeightsFile {
 public:
  // Throws as TorchZipFile does.
  explicit TorchLegacyFile(const std::filesystem::path& path);
  const std::map<std::string, TensorEntry>& entries() const override { return tensors_.entries; }
  const MappedFile& file() const override { return file_; }
  std::string other_value(const std::string& name) const override;

 private:
  MappedFile file_;
  TorchTensors tensors_;
};

}  // namespace sightline

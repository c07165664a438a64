#include "train/fine_tune/adapter_files.h"

#include <sightline/error.h>

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "weights/safetensors.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

// The second factor of each addition, of which it is a multiple.
bool is_scaled(const std::string& name) {
  return name.find("lora_B") != name.npos;
}

void write_scaled(const fs::path& from, double share, const fs::path& to) {
  const SafetensorsFile file(from);
  std::vector<NamedTensor> tensors;
  for (const auto& [name, entry] : file.entries()) {
    if (!is_float_type(entry.dtype)) {
      throw Error(ErrorCode::invalid_data, "the tensor '", name, "' of ", quoted(from),
                  " has the type ", entry.dtype, ", expected a float type");
    }
    NamedTensor tensor{name, to_host_f32(entry)};
    if (is_scaled(name)) {
      for (int64_t i = 0; i < tensor.tensor.count(); ++i)
        tensor.tensor.data<float>()[i] *= static_cast<float>(share);
    }
    tensors.push_back(std::move(tensor));
  }
  write_safetensors(to, tensors, FloatStorage::f32);
}

}  // namespace

bool copy_adapter(const fs::path& training, double share, const fs::path& out) {
  const fs::path from = training / kAdapterFolder, to = out / kAdapterFolder;
  std::error_code ignored;
  if (!fs::is_directory(from, ignored)) return false;
  make_folder(to);
  for (const fs::path& file : folder_entries(from)) {
    if (!fs::is_regular_file(file_status(file))) continue;
    const fs::path target = to / file.filename();
    if (file.extension() == ".safetensors") {
      write_scaled(file, share, target);
    } else {
      write_file_atomic(target, read_text_file(file));
    }
  }
  return true;
}

}  // namespace sightline

#include <sightline/error.h>
#include <sightline/library.h>

#include <cmath>

#include "base/file.h"
#include "base/hash.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostBytes = 256 << 20;
// The null model is estimated again when the library has grown or shrunk by this factor.
constexpr double kGrowth = 1.25;

// By everything that the estimate depends on; the number of images counts in steps of kGrowth.
std::string file_name(const std::string& uuid, const Collection& collection, const Model& model,
                      std::span<const std::string> templates) {
  const auto rows = static_cast<double>(collection.vectors().live_rows());
  const int step = static_cast<int>(std::log(rows + 1) / std::log(kGrowth));
  Sha256 key;
  key.update(uuid).update("\n").update(model.info().fingerprint).update("\n");
  if (const auto& provenance = collection.provenance())
    key.update(provenance->preprocessing).update(computation_name(provenance->computation));
  for (const std::string& text : templates) key.update("\n").update(text);
  for (const std::string& text : background_texts()) key.update("\n").update(text);
  return to_hex(key.digest()).substr(0, 32) + "-" + std::to_string(step) + ".null";
}

}  // namespace

NullModel library_null_model(const Library& library, const Collection& collection,
                             const Model& model, std::span<const std::string> templates,
                             const std::optional<fs::path>& cache) {
  if (!cache) return estimate_null_model(collection, model, templates);
  const fs::path file =
      *cache / "null_models" / file_name(library.uuid(), collection, model, templates);
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    try {
      NullModel known = NullModel::parse(read_text_file(file, kMostBytes));
      if (known.dim() == collection.vectors().dim()) return known;
    } catch (const Error&) {  // damaged: estimated and written again
    }
  }
  NullModel made = estimate_null_model(collection, model, templates);
  try {
    make_folder(file.parent_path());
    write_file_atomic(file, made.serialize());
  } catch (const Error&) {  // the cache cannot be written; the estimate is as good
  }
  return made;
}

}  // namespace sightline

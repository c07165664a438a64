#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/library.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/hash.h"
#include "library/null_model_stage.h"
#include "search/text_terms.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostBytes = 256 << 20;
// The null model is estimated again when the library has grown or shrunk by this factor.
constexpr double kGrowth = 1.25;

// A digest of everything but the images that the estimate depends on.
std::string key_of(const std::string& uuid, const Collection& collection, const Model& model,
                   std::span<const std::string> templates) {
  Sha256 key;
  key.update(uuid).update("\n").update(model.info().fingerprint).update("\n");
  if (const auto& provenance = collection.provenance())
    key.update(provenance->preprocessing).update(computation_name(provenance->computation));
  for (const std::string& text : templates) key.update("\n").update(text);
  for (const std::string& text : background_texts()) key.update("\n").update(text);
  return to_hex(key.digest()).substr(0, 32);
}

// Removes the estimates of the same key for other states of the library.
void remove_former(const fs::path& file, const std::string& key) {
  std::error_code ignored;
  for (const fs::path& other : folder_entries(file.parent_path())) {
    if (other != file && other.filename().string().starts_with(key + "-"))
      fs::remove(other, ignored);
  }
}

NullModel estimate(const Collection& collection, const Model& model,
                   std::span<const std::string> templates, const ProgressFn& progress) {
  std::vector<std::string> warnings;  // of texts in several parts: background texts are short
  return estimate_null_model(
      collection,
      encode_text_terms(background_texts(), Encoder(model), templates, warnings, progress).vectors);
}

}  // namespace

// Images that were removed are counted in quarters of the number of images, as that was when it
// last grew by a factor: so a replaced quarter counts although the number stays the same, and
// adding images counts once.
std::string library::null_model_stage(int64_t rows, int64_t added) {
  const int growth = static_cast<int>(std::log(static_cast<double>(rows) + 1) / std::log(kGrowth));
  const double quarter = std::max(1.0, (kGrowth - 1) * std::pow(kGrowth, growth));
  const auto removed = static_cast<double>(std::max<int64_t>(0, added - rows));
  return std::to_string(growth) + "-" + std::to_string(static_cast<int64_t>(removed / quarter));
}

NullModel library_null_model(const Library& library, const Collection& collection,
                             const Model& model, std::span<const std::string> templates,
                             const std::optional<fs::path>& cache) {
  return library::cached_null_model(library, collection, model, templates, cache, {});
}

NullModel library::cached_null_model(const Library& library, const Collection& collection,
                                     const Model& model, std::span<const std::string> templates,
                                     const std::optional<fs::path>& cache,
                                     const ProgressFn& progress) {
  if (!cache) return estimate(collection, model, templates, progress);
  const std::string key = key_of(library.uuid(), collection, model, templates);
  const std::string stage =
      library::null_model_stage(collection.vectors().live_rows(), library.images_added());
  const fs::path file = *cache / "null_models" / (key + "-" + stage + ".null");
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    try {
      NullModel known = NullModel::parse(read_text_file(file, kMostBytes));
      if (known.dim() == collection.vectors().dim()) return known;
    } catch (const Error&) {  // damaged: estimated and written again
    }
  }
  NullModel made = estimate(collection, model, templates, progress);
  try {
    make_folder(file.parent_path());
    write_file_atomic(file, made.serialize());
    remove_former(file, key);
  } catch (const Error&) {  // the cache cannot be written; the estimate is as good
  }
  return made;
}

}  // namespace sightline

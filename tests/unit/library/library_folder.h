// A library and a folder of images for tests.
#pragma once

#include <sightline/library.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/temporary_path.h"
#include "library/indexing/indexer.h"
#include "library/store/store.h"
#include "unit/library/hash_encoder.h"

namespace sightline::test {

namespace fs = std::filesystem;

class LibraryFolder {
 public:
  fs::path images() const { return scratch_.path() / "images"; }
  fs::path library() const { return scratch_.path() / "library"; }
  fs::path image(const std::string& name) const { return images() / name; }

  LibraryFolder() { fs::create_directories(images()); }

  void write(const std::string& name, const std::string& bytes) const {
    fs::create_directories(image(name).parent_path());
    std::ofstream(image(name), std::ios::binary) << bytes;
  }

  library::Store store(bool create = true) const {
    return library::Store(library(), {create, false, "a test", {}});
  }

  // The id of the encoder's model; the first one becomes the active one.
  static int64_t model(library::Store& store, HashEncoder& encoder) {
    for (const library::ModelRecord& known : store.models()) {
      if (known.name == encoder.info().name) return known.id;
    }
    library::ModelRecord record;
    record.name = record.spec = encoder.info().name;
    record.fingerprint = encoder.info().fingerprint;
    record.preprocessing = "bytes";
    record.backend = "cpu";
    record.device = "cpu";
    record.precision = "fp32";
    record.dim = HashEncoder::kDim;
    const int64_t id = store.add_model(record);
    if (store.read().active_model() == 0) store.change().set_active_model(id);
    return id;
  }

  // Indexes the images with a store of its own.
  library::IndexCounts index(HashEncoder& encoder, bool retry = false) const {
    library::Store own = store();
    return index(own, encoder, retry);
  }
  library::IndexCounts index(library::Store& own, HashEncoder& encoder, bool retry = false) const {
    const int64_t id = model(own, encoder);
    library::Indexer indexer(own, id, encoder, {4, retry, {}});
    indexer.index(library::scan_folder(own, images(), {{}, id, retry, {}}));
    indexer.remove_missing();
    return indexer.counts();
  }

 private:
  ScratchFolder scratch_;
};

}  // namespace sightline::test

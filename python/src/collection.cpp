// Collections and their search.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <sightline/error.h>
#include <sightline/feedback.h>
#include <sightline/library.h>
#include <sightline/rows.h>
#include <sightline/search.h>

#include "bindings.h"
#include "image/thumbnail.h"
#include "image/write_jpeg.h"
#include "progress.h"

namespace nb = nanobind;
using namespace nb::literals;
namespace fs = std::filesystem;

namespace sightline::python {
namespace {

using CollectionPtr = std::shared_ptr<const Collection>;

CollectionPtr open_vectors(const fs::path& path) {
  const nb::gil_scoped_release released;
  return open_vector_collection(path);
}

CollectionPtr open_datasets(const std::vector<DatasetInput*>& datasets, const Model& model,
                            int64_t batch_size, const std::optional<fs::path>& cache,
                            nb::object callback) {
  std::vector<DatasetInput> inputs;
  for (const DatasetInput* dataset : datasets) inputs.push_back(*dataset);
  return run_long(std::move(callback), [&](const ProgressFn& progress) -> CollectionPtr {
    const EncodeOptions options{.batch_size = batch_size, .cache = cache, .progress = progress};
    if (inputs.size() == 1) return open_dataset_collection(inputs.front(), model, options);
    return open_dataset_collection(inputs, model, options);
  });
}

// A result with the collection from which its images are read.
struct Result {
  SearchResult result;
  CollectionPtr collection;
};

// A learned correction and the null model belong to libraries.
struct LibraryParts {
  std::optional<NullModel> null_model;
  std::shared_ptr<const TextCorrection> correction;
};

LibraryParts library_parts(const Library* library, const Collection& collection, const Model* model,
                           const std::vector<std::string>& templates, bool judge, bool correct) {
  LibraryParts parts;
  if (model == nullptr) return parts;
  if (library != nullptr && correct)
    parts.correction = Corrections(library->path()).active(model->info().fingerprint);
  if (judge && library != nullptr) {
    parts.null_model = library_null_model(*library, collection, *model, templates);
  } else if (judge) {
    parts.null_model = estimate_null_model(collection, *model, templates);
  }
  return parts;
}

Result search(const CollectionPtr& collection, const Model* model, const Library* library,
              const std::vector<Query*>& queries, int k, int64_t offset,
              const std::vector<std::string>& templates, bool judge, bool group, double diversity,
              double min_similarity, double fdr, bool correct, nb::object callback) {
  std::vector<Query> copies;
  for (const Query* query : queries) copies.push_back(*query);
  return run_long(std::move(callback), [&](const ProgressFn& progress) -> Result {
    CollectionSearchOptions options{.k = k, .offset = offset, .templates = templates};
    const LibraryParts parts =
        library_parts(library, *collection, model, templates, judge, correct);
    options.null_model = parts.null_model ? &*parts.null_model : nullptr;
    options.correction = parts.correction.get();
    if (group) options.group = NearDuplicateOptions{};
    options.diversity = diversity;
    options.min_similarity = min_similarity;
    options.significance.fdr = fdr;
    options.progress = progress;
    return {model != nullptr ? search_collection(*collection, *model, copies, options)
                             : search_collection(*collection, copies, options),
            collection};
  });
}

nb::bytes to_bytes(std::string_view bytes) {
  return nb::bytes(bytes.data(), bytes.size());
}

// The encoded bytes of the images of a query's hits; empty where an image no longer exists.
std::vector<std::vector<uint8_t>> read_images(const Result& result, size_t query) {
  std::vector<VectorItem> items;
  for (const SearchHit& hit : result.result.queries.at(query).hits) items.push_back(hit.item);
  return result.collection->read_images(items);
}

std::vector<int64_t> keys(const Result& result, const std::vector<int64_t>& rows) {
  const nb::gil_scoped_release released;
  return result.collection->keys(rows);
}

// The key of the item with an id, as Collection::find_item finds it.
int64_t key_of(const Collection& collection, const std::string& id) {
  const nb::gil_scoped_release released;
  const auto row = collection.find_item(id);
  if (!row) {
    throw Error(ErrorCode::not_found, "there is no image '", id, "' in '",
                collection.path().string(), "'");
  }
  return collection.keys({&*row, 1}).front();
}

// The id of the item with a key.
std::string id_of(const Collection& collection, int64_t key) {
  const nb::gil_scoped_release released;
  const auto row = collection.row_of_key(key);
  if (!row) {
    throw Error(ErrorCode::not_found, "there is no image ", key, " in '",
                collection.path().string(), "'");
  }
  return collection.items({&*row, 1}).front().id;
}

nb::list images(const Result& result, size_t query) {
  const auto files =
      run_long(nb::none(), [&](const ProgressFn&) { return read_images(result, query); });
  nb::list list;
  for (const auto& file : files) {
    list.append(to_bytes({reinterpret_cast<const char*>(file.data()), file.size()}));
  }
  return list;
}

nb::list thumbnails(const Result& result, size_t query, int side) {
  const auto files = run_long(nb::none(), [&](const ProgressFn&) {
    std::vector<std::string> small;
    for (const auto& bytes : read_images(result, query)) {
      const auto image = thumbnail(bytes, side, OrientationProfile::upright, {});
      small.push_back(image ? encode_jpeg(*image, 85) : "");
    }
    return small;
  });
  nb::list list;
  for (const std::string& file : files) list.append(to_bytes(file));
  return list;
}

}  // namespace

void bind_collection(nb::module_& module) {
  nb::class_<Collection>(module, "Collection")
      .def_prop_ro("rows", [](const Collection& c) { return c.vectors().live_rows(); })
      .def_prop_ro("dim", [](const Collection& c) { return c.vectors().dim(); })
      .def_prop_ro("type",
                   [](const Collection& c) { return std::string(collection_type_name(c.type())); })
      .def_prop_ro("warnings", &Collection::warnings)
      .def("key_of", key_of, "id"_a)
      .def("id_of", id_of, "key"_a)
      .def_prop_ro("precision", [](const Collection& c) -> std::optional<std::string> {
        if (!c.provenance()) return std::nullopt;
        return std::string(precision_name(c.provenance()->computation.precision));
      });
  nb::class_<Result>(module, "SearchResult")
      .def("to_json", [](const Result& result) { return search_json(result.result); })
      .def("keys", keys, "rows"_a)
      .def("images", images, "query"_a, nb::sig("def images(self, query: int) -> list[bytes]"))
      .def("thumbnails", thumbnails, "query"_a, "side"_a,
           nb::sig("def thumbnails(self, query: int, side: int) -> list[bytes]"));
  module.def("open_vectors", open_vectors, "path"_a);
  module.def("open_datasets", open_datasets, "datasets"_a, "model"_a, "batch_size"_a,
             "cache"_a.none(), "progress"_a = nb::none());
  module.def("search", search, "collection"_a, "model"_a.none(), "library"_a.none(), "queries"_a,
             "k"_a, "offset"_a, "templates"_a, "judge"_a, "group"_a, "diversity"_a,
             "min_similarity"_a, "fdr"_a, "correct"_a, "progress"_a = nb::none());
}

}  // namespace sightline::python

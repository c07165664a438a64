// VectorIndex.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <sightline/error.h>
#include <sightline/index.h>

#include <algorithm>

#include "arrays.h"
#include "bindings.h"
#include "progress.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace sightline::python {
namespace {

using Rows = nb::ndarray<nb::numpy, int64_t, nb::ndim<2>>;
using Similarities = nb::ndarray<nb::numpy, double, nb::ndim<2>>;

// An index with the array that it views.
struct Index {
  VectorIndex index;
  std::optional<VectorsIn> vectors;
};

void view(Index* memory, VectorsIn vectors) {
  const std::span<const float> values(vectors.data(), vectors.size());
  const auto rows = static_cast<int64_t>(vectors.shape(0));
  const auto dim = static_cast<int64_t>(vectors.shape(1));
  const auto made = [&] {
    const nb::gil_scoped_release released;
    return std::make_unique<VectorIndex>(VectorIndex::view(values, rows, dim));
  }();
  new (memory) Index{std::move(*made), std::move(vectors)};
}

Index open(const std::filesystem::path& path) {
  const nb::gil_scoped_release released;
  return {VectorIndex::open(path), std::nullopt};
}

void quantize(Index& index, const std::string& type) {
  if (type != "bf16" && type != "int8") {
    throw Error(ErrorCode::invalid_argument, "type '", type, "', expected 'bf16' or 'int8'");
  }
  const nb::gil_scoped_release released;
  index.index.add(type == "bf16" ? ScanType::bf16 : ScanType::int8);
}

// Rows and similarities, both (queries, min(k, rows)).
std::pair<Rows, Similarities> search(const Index& index, const VectorsIn& queries, int k) {
  const std::span<const float> values(queries.data(), queries.size());
  const auto count = static_cast<int64_t>(queries.shape(0));
  if (static_cast<int64_t>(queries.shape(1)) != index.index.dim()) {
    throw Error(ErrorCode::invalid_argument, "queries of ", queries.shape(1),
                " dimensions, expected ", index.index.dim());
  }
  const int64_t columns = std::min<int64_t>(k, index.index.rows());
  std::vector<int64_t> rows;
  std::vector<double> similarities;
  {
    const nb::gil_scoped_release released;
    for (const std::vector<Hit>& hits : index.index.search(values, count, {.k = k})) {
      for (const Hit& hit : hits) {
        rows.push_back(hit.index);
        similarities.push_back(hit.similarity);
      }
    }
  }
  return {to_array(std::move(rows), count, columns),
          to_array(std::move(similarities), count, columns)};
}

}  // namespace

void bind_vector_index(nb::module_& module) {
  nb::class_<Index>(module, "VectorIndex")
      .def("__init__", view, "vectors"_a)
      .def_static("open", open, "path"_a)
      .def_prop_ro("rows", [](const Index& index) { return index.index.rows(); })
      .def_prop_ro("dim", [](const Index& index) { return index.index.dim(); })
      .def("quantize", quantize, "type"_a)
      .def("search", search, "queries"_a, "k"_a);
}

}  // namespace sightline::python

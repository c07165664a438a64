// Query.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <sightline/query.h>

#include "arrays.h"
#include "bindings.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace sightline::python {
namespace {

using VectorIn = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

Query query_of_bytes(const std::string& name, const BytesIn& bytes) {
  return image_query(name, {bytes.data(), bytes.data() + bytes.size()});
}

Query query_of_vector(const std::string& name, const VectorIn& vector) {
  return vector_query(name, {vector.data(), vector.data() + vector.size()});
}

// Parses the query language, and reads the files that `image:FILE` names.
Query parsed(const std::string& text) {
  const nb::gil_scoped_release released;
  Query query = parse_query(text);
  read_query_images(query);
  return query;
}

bool has_term(const Query& query, QueryType type) {
  for (const QueryTerm& term : query.terms) {
    if (term.type == type) return true;
  }
  return false;
}

}  // namespace

void bind_query(nb::module_& module) {
  nb::class_<Query>(module, "Query", "A weighted sum of texts, images and vectors, with filters.")
      .def_static("text", &text_query, "text"_a, "A text as it is, without operators.")
      .def_static("parse", parsed, "text"_a,
                  "A text in the query language, such as 'beach -people after:2021-06'.")
      .def_static(
          "image_file", [](const std::filesystem::path& file) { return image_query(file); },
          "path"_a, "An image file.")
      .def_static("image_bytes", query_of_bytes, "name"_a, "data"_a, "An image file in memory.")
      .def_static("vector", query_of_vector, "name"_a, "vector"_a, "A vector (D) float32.")
      .def_static(
          "item", [](const std::string& name) { return item_query(name); }, "name"_a,
          "An image of the collection: its id, or the end of its id after a '/'.")
      .def_ro("name", &Query::name, "In results and messages.")
      .def_prop_ro(
          "has_text", [](const Query& query) { return has_term(query, QueryType::text); },
          "Whether a term is a text.")
      .def_prop_ro(
          "has_image", [](const Query& query) { return has_term(query, QueryType::image); },
          "Whether a term is an image.")
      .def("to_json", &query_json, "Returns the query as JSON, without the bytes of images.");
}

}  // namespace sightline::python

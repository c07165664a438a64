// Dataset: a data set and how it is read.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <sightline/rows.h>

#include "bindings.h"

namespace nb = nanobind;
using namespace nb::literals;
namespace fs = std::filesystem;

namespace sightline::python {
namespace {

void make_dataset(DatasetInput* memory, const fs::path& path,
                  const std::vector<std::string>& splits, const std::string& image_column,
                  const std::vector<std::string>& text_columns, const fs::path& images_root,
                  const std::string& format, int64_t max_captions,
                  const std::vector<std::string>& exclude, bool include_hidden, bool keep_repeats) {
  DatasetInput input{path, {}, splits};
  input.options.image_column = image_column;
  input.options.text_columns = text_columns;
  input.options.image_root = images_root;
  input.options.format = format;
  input.options.max_captions = max_captions;
  input.options.folder = {exclude, include_hidden};
  input.options.merge_repeated_images = !keep_repeats;
  new (memory) DatasetInput(std::move(input));
}

}  // namespace

void bind_dataset(nb::module_& module) {
  nb::class_<DatasetInput>(module, "Dataset")
      .def("__init__", make_dataset, "path"_a, "splits"_a, "image_column"_a, "text_columns"_a,
           "images_root"_a, "format"_a, "max_captions"_a, "exclude"_a, "include_hidden"_a,
           "keep_repeats"_a);
}

}  // namespace sightline::python

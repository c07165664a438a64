// Libraries: reading, and changes, each of which opens the library for writing.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <sightline/error.h>
#include <sightline/library.h>

#include "bindings.h"
#include "model_options.h"
#include "progress.h"

namespace nb = nanobind;
using namespace nb::literals;
namespace fs = std::filesystem;

namespace sightline::python {
namespace {

LibraryWriter open_writer(const fs::path& folder, bool create, bool wait,
                          const ProgressFn& progress) {
  return LibraryWriter(
      folder,
      {.create = create, .wait = wait, .purpose = "sightline (Python)", .progress = progress});
}

IndexOptions index_options(int64_t batch_size, const std::string& stored, bool retry,
                           const ProgressFn& progress) {
  if (stored != "fp32" && stored != "fp16")
    throw Error(ErrorCode::invalid_argument, "stored '", stored, "', expected 'fp32' or 'fp16'");
  IndexOptions options;
  options.batch_size = batch_size;
  options.retry_failures = retry;
  options.stored = stored == "fp16" ? StoredVectors::fp16 : StoredVectors::fp32;
  options.progress = progress;
  return options;
}

std::string add_files(const fs::path& folder, const std::vector<fs::path>& paths,
                      const Model& model, const std::string& spec, int64_t batch_size,
                      const std::string& stored, const std::vector<std::string>& exclude,
                      bool include_hidden, bool retry, bool wait, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    LibraryWriter writer = open_writer(folder, true, wait, progress);
    IndexOptions options = index_options(batch_size, stored, retry, progress);
    options.folder = {exclude, include_hidden};
    return index_json(writer.index(paths, model, spec, options));
  });
}

std::string add_dataset(const fs::path& folder, const DatasetInput& dataset, const Model& model,
                        const std::string& spec, int64_t batch_size, const std::string& stored,
                        bool retry, bool wait, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    LibraryWriter writer = open_writer(folder, true, wait, progress);
    return index_json(writer.index_dataset(dataset, model, spec,
                                           index_options(batch_size, stored, retry, progress)));
  });
}

std::string add_vectors(const fs::path& folder, const fs::path& vectors, bool wait,
                        nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    LibraryWriter writer = open_writer(folder, false, wait, progress);
    return index_json(writer.index_vectors(vectors, index_options(32, "fp32", false, progress)));
  });
}

// The same into a library that may be new, with the model that made the vectors.
std::string add_vectors_of(const fs::path& folder, const fs::path& vectors, const Model& model,
                           const std::string& spec, const std::string& stored, bool wait,
                           nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    LibraryWriter writer = open_writer(folder, true, wait, progress);
    return index_json(
        writer.index_vectors(vectors, model, spec, index_options(32, stored, false, progress)));
  });
}

std::string update(const fs::path& folder, const Model& model, const std::string& spec,
                   int64_t batch_size, bool retry, bool wait, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    LibraryWriter writer = open_writer(folder, false, wait, progress);
    return index_json(
        writer.update(model, spec, index_options(batch_size, "fp32", retry, progress)));
  });
}

std::string migrate(const fs::path& folder, const Model& model, const std::string& spec,
                    int64_t batch_size, const std::string& stored, bool wait, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    LibraryWriter writer = open_writer(folder, false, wait, progress);
    return index_json(
        writer.migrate(model, spec, index_options(batch_size, stored, false, progress)));
  });
}

void activate(const fs::path& folder, const std::string& model, bool wait, nb::object callback) {
  run_long(std::move(callback), [&](const ProgressFn& progress) {
    open_writer(folder, false, wait, progress).activate(model);
  });
}

void drop_model(const fs::path& folder, const std::string& model, bool wait, nb::object callback) {
  run_long(std::move(callback), [&](const ProgressFn& progress) {
    open_writer(folder, false, wait, progress).drop_model(model);
  });
}

// Returns the number of dropped rows.
int64_t compact(const fs::path& folder, bool wait, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    return open_writer(folder, false, wait, progress).compact(true, progress).dropped;
  });
}

std::vector<std::string> repair(const fs::path& folder, bool wait, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    return repair_library(folder, {wait, progress}).actions;
  });
}

int64_t write_vectors(const Collection& collection, const fs::path& npy, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    return export_library(collection, npy, progress);
  });
}

std::string remove_path(const fs::path& folder, const fs::path& path, bool wait,
                        nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    LibraryWriter writer = open_writer(folder, false, wait, progress);
    return index_json(writer.remove(path));
  });
}

std::string check(const fs::path& folder, bool files, nb::object callback) {
  return run_long(std::move(callback), [&](const ProgressFn& progress) {
    return check_json(check_library(folder, files, progress));
  });
}

void open(Library* memory, const fs::path& folder) {
  const nb::gil_scoped_release released;
  new (memory) Library(folder);
}

std::string info(const Library& library) {
  const nb::gil_scoped_release released;
  return library_json(library.info(), library.failures());
}

std::shared_ptr<const Collection> collection(const Library& library, const std::string& model) {
  const nb::gil_scoped_release released;
  return library.collection(model);
}

// Loads a model with the settings of the library's vectors, from where it was loaded before unless
// `spec` is given.
Model* load_model(const LibraryModel& model, const std::string& spec) {
  const nb::gil_scoped_release released;
  return new Model(Model::load(spec.empty() ? model.spec : spec, model_options_of(model)));
}

}  // namespace

void bind_library(nb::module_& module) {
  nb::class_<LibraryModel>(module, "LibraryModel")
      .def_ro("name", &LibraryModel::name)
      .def_ro("spec", &LibraryModel::spec)
      .def_ro("dim", &LibraryModel::dim)
      .def_prop_ro("fingerprint",
                   [](const LibraryModel& model) { return model.provenance.fingerprint; })
      .def("load", load_model, "spec"_a = "", nb::rv_policy::take_ownership);
  nb::class_<Library>(module, "Library")
      .def("__init__", open, "folder"_a)
      .def("info_json", info)
      .def(
          "model",
          [](const Library& library, const std::string& name) { return library.model(name); },
          "name"_a = "")
      .def("collection", collection, "model"_a = "");
  module.def("library_exists", &library_exists, "folder"_a);
  module.def("default_library", &default_library);
  module.def("library_add_files", add_files, "folder"_a, "paths"_a, "model"_a, "spec"_a,
             "batch_size"_a, "stored"_a, "exclude"_a, "include_hidden"_a, "retry"_a, "wait"_a,
             "progress"_a = nb::none());
  module.def("library_add_dataset", add_dataset, "folder"_a, "dataset"_a, "model"_a, "spec"_a,
             "batch_size"_a, "stored"_a, "retry"_a, "wait"_a, "progress"_a = nb::none());
  module.def("library_add_vectors", add_vectors, "folder"_a, "vectors"_a, "wait"_a,
             "progress"_a = nb::none());
  module.def("library_add_vectors_of", add_vectors_of, "folder"_a, "vectors"_a, "model"_a, "spec"_a,
             "stored"_a, "wait"_a, "progress"_a = nb::none());
  module.def("library_update", update, "folder"_a, "model"_a, "spec"_a, "batch_size"_a, "retry"_a,
             "wait"_a, "progress"_a = nb::none());
  module.def("library_migrate", migrate, "folder"_a, "model"_a, "spec"_a, "batch_size"_a,
             "stored"_a, "wait"_a, "progress"_a = nb::none());
  module.def("library_activate", activate, "folder"_a, "model"_a, "wait"_a,
             "progress"_a = nb::none());
  module.def("library_drop_model", drop_model, "folder"_a, "model"_a, "wait"_a,
             "progress"_a = nb::none());
  module.def("library_compact", compact, "folder"_a, "wait"_a, "progress"_a = nb::none());
  module.def("library_repair", repair, "folder"_a, "wait"_a, "progress"_a = nb::none());
  module.def("library_export", write_vectors, "collection"_a, "npy"_a, "progress"_a = nb::none());
  module.def("library_remove", remove_path, "folder"_a, "path"_a, "wait"_a,
             "progress"_a = nb::none());
  module.def("library_check", check, "folder"_a, "files"_a, "progress"_a = nb::none());
}

}  // namespace sightline::python

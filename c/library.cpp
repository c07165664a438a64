#include <sightline/library.h>

#include <sightline/hub.h>

#include "call.h"
#include "failures.h"
#include "handles.h"
#include "model_options.h"

namespace sightline::c {
namespace {

constexpr const char* kOptionsName = "sightline_library_options";
constexpr const char* kPurpose = "a program";

sightline_library_options default_options() {
  sightline_library_options options = {};
  options.struct_size = sizeof options;
  return options;
}

sightline_library* open_library(const std::string& folder,
                                const sightline_library_options& options) {
  const bool create = flag(options.create, "create");
  const bool wait = flag(options.wait, "wait");
  const std::string purpose = options.purpose == nullptr ? kPurpose : options.purpose;
  if (create && !library_exists(folder))
    LibraryWriter(folder, {.create = true, .wait = wait, .purpose = purpose});
  return new sightline_library{Library(folder), wait, purpose};
}

}  // namespace
}  // namespace sightline::c

using namespace sightline::c;

sightline_status sightline_library_options_init(sightline_library_options* options,
                                                size_t struct_size, sightline_error* error) {
  return guarded(error,
                 [&] { write_struct(options, struct_size, default_options(), kOptionsName); });
}

sightline_status sightline_library_open(const char* folder,
                                        const sightline_library_options* options,
                                        sightline_library** library, sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(library, "library");
    out = open_library(&required(folder, "folder"),
                       read_options(options, default_options(), kOptionsName));
  });
}

void sightline_library_free(sightline_library* library) {
  delete library;
}

sightline_status sightline_library_load_model(const sightline_library* library, const char* name,
                                              const sightline_model_options* options,
                                              sightline_model** model, sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(model, "model");
    const auto known = required(library, "library").library.model(name == nullptr ? "" : name);
    const std::string path = sightline::resolve_model(known.spec, sightline::hub_settings());
    auto loaded = std::make_shared<const sightline::Model>(
        sightline::Model::load(path, model_options_of(known, model_options(options))));
    out = new sightline_model{known.spec, std::move(loaded)};
  });
}

sightline_status sightline_library_get_state(const sightline_library* library,
                                             sightline_library_state** state,
                                             sightline_error* error) {
  return guarded(error, [&] {
    auto& out = out_handle(state, "state");
    const sightline::Library& from = required(library, "library").library;
    sightline_library_state result{from.info(), {}, {}, from.failures()};
    result.path = result.info.path.string();
    for (const auto& root : result.info.roots) result.roots.push_back(root.path.string());
    out = new sightline_library_state(std::move(result));
  });
}

sightline_status sightline_library_state_info(const sightline_library_state* state,
                                              sightline_library_info* info,
                                              sightline_error* error) {
  return guarded(error, [&] {
    const sightline_library_state& own = required(state, "state");
    const sightline::LibraryInfo& from = own.info;
    sightline_library_info to = {};
    to.path = own.path.c_str();
    to.uuid = from.uuid.c_str();
    to.created = from.created.c_str();
    to.files = from.files;
    to.rows = from.rows;
    to.images = from.images;
    to.captions = from.captions;
    to.size_bytes = from.size_bytes;
    to.model_count = from.models.size();
    to.root_count = own.roots.size();
    to.failure_count = own.failures.size();
    write_info(info, to, "sightline_library_info");
  });
}

sightline_status sightline_library_state_model(const sightline_library_state* state, size_t i,
                                               sightline_library_model* model,
                                               sightline_error* error) {
  return guarded(error, [&] {
    const auto& models = required(state, "state").info.models;
    require_below(i, models.size(), "model");
    const sightline::LibraryModel& from = models[i];
    sightline_library_model to = {};
    to.name = from.name.c_str();
    to.spec = from.spec.c_str();
    to.fingerprint = from.provenance.fingerprint.c_str();
    to.dim = from.dim;
    to.vectors = from.vectors;
    to.missing = from.missing;
    to.active = from.active;
    to.half_precision = from.stored == sightline::StoredVectors::fp16;
    write_info(model, to, "sightline_library_model");
  });
}

sightline_status sightline_library_state_root(const sightline_library_state* state, size_t i,
                                              const char** path, sightline_error* error) {
  return guarded(error, [&] {
    const auto& roots = required(state, "state").roots;
    require_below(i, roots.size(), "root");
    required(path, "path") = roots[i].c_str();
  });
}

sightline_status sightline_library_state_failure(const sightline_library_state* state, size_t i,
                                                 sightline_failure* failure,
                                                 sightline_error* error) {
  return guarded(error, [&] {
    const auto& failures = required(state, "state").failures;
    require_below(i, failures.size(), "failure");
    write_failure(failure, static_cast<int64_t>(i), failures[i].id, failures[i].reason);
  });
}

void sightline_library_state_free(sightline_library_state* state) {
  delete state;
}

// sightline index: adds images to a library and keeps it up to date.
#include <sightline/error.h>
#include <sightline/library.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/stage.h"
#include "base/text.h"
#include "command.h"
#include "configuration.h"
#include "console.h"
#include "dataset_options.h"
#include "interruption.h"
#include "library_options.h"
#include "locate.h"
#include "model_options.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<fs::path> paths;
  fs::path library, vectors, config;
  std::string dataset, model, stored = "fp32";
  DatasetOptions dataset_options;
  ModelOptions model_options;
  IndexOptions index;
  bool pull = false, watch = false, wait = false, as_json = false;
  bool model_settings = false;  // --precision, --orientation, --decode or --resize was given
};

// The model of a run: the one that was named, or the library's active one.
struct Loaded {
  Model model;
  std::string spec;
};

RowReader first_images(const Options& options) {
  if (!options.dataset.empty()) {
    return RowReader(
        DatasetInput{locate_dataset(options.dataset, options.pull), options.dataset_options, {}});
  }
  return RowReader::of_files(options.paths, options.index.folder);
}

Loaded load_named(const Options& options, const std::optional<LibraryModel>& active) {
  ModelOptions settings = options.model_options;
  settings.load_text_tower = false;
  const std::string spec = lasting_model_spec(options.model);
  const std::string path = locate_model(options.model, options.pull);
  const bool same = active && (active->spec == spec || active->name == options.model);
  const Stage stage(options.index.progress, "loading " + path);
  if (same && !options.model_settings)
    return {Model::load(path, model_options_of(*active, settings)), spec};
  RowReader rows = first_images(options);  // for a precision of `auto`
  return {load_model(path, settings, rows).model, spec};
}

[[noreturn]] void throw_no_model(const fs::path& library) {
  throw Error(ErrorCode::invalid_argument, "the library ", quoted(library),
              " has no model yet: name one with --model, such as --model ViT-B/32 for photos "
              "('sightline pull ViT-B/32' downloads it) or --model models/emoji-words");
}

Loaded load_active(const Options& options, const std::optional<LibraryModel>& active,
                   const fs::path& library) {
  if (!active) throw_no_model(library);
  ModelOptions settings = options.model_options;
  settings.load_text_tower = false;
  const std::string path = locate_model(active->spec, options.pull);
  const Stage stage(options.index.progress, "loading " + path);
  return {Model::load(path, model_options_of(*active, settings)), active->spec};
}

// Only the fingerprint of a model that is named is compared: no image is encoded.
IndexSummary add_vectors(LibraryWriter& writer, const Options& options) {
  if (options.model.empty()) return writer.index_vectors(options.vectors, options.index);
  ModelOptions settings;
  settings.load_text_tower = false;
  const std::string path = locate_model(options.model, options.pull);
  const Model model = [&] {
    const Stage stage(options.index.progress, "loading " + path);
    return Model::load(path, settings);
  }();
  return writer.index_vectors(options.vectors, model, lasting_model_spec(options.model),
                              options.index);
}

int watch(LibraryWriter& writer, const Loaded& loaded, const Options& options,
          const fs::path& library) {
  const std::atomic<bool> never = false;  // progress throws when a signal arrives
  writer.watch(loaded.model, loaded.spec, options.index, never, [&](const IndexSummary& summary) {
    report_index(summary, library, options.as_json);
    std::fflush(stdout);
  });
  return kDone;
}

// Settings of --config, except those that options give. Templates and query expansion concern
// searches only.
void read_config(Options& options, const CLI::App& command) {
  if (options.config.empty()) return;
  const Configuration c = read_configuration(options.config);
  refuse_fusion(c, "a library");
  if (options.model.empty()) options.model = c.model;
  options.model_settings |= apply_configuration(c, command, options.model_options);
  if (c.half_precision_store && !given(command, "--store"))
    options.stored = *c.half_precision_store ? "fp16" : "fp32";
}

int run(Options& options, const CLI::App& command) {
  read_config(options, command);
  const fs::path library = library_folder(options.library);
  options.index.progress = console_progress(options.as_json);
  options.index.stored = options.stored == "fp16" ? StoredVectors::fp16 : StoredVectors::fp32;
  for (const fs::path& path : options.paths) {
    std::error_code error;
    if (!fs::exists(path, error))
      throw Error(ErrorCode::not_found, "there is no file or folder ", quoted(path));
  }
  if (options.model.empty() && !library_exists(library)) throw_no_model(library);
  if (!options.model.empty())
    locate_model(options.model, options.pull);  // before a library is made
  const bool adds = !options.paths.empty() || !options.dataset.empty() || !options.vectors.empty();
  LibraryWriter writer(library,
                       {.create = adds,
                        .wait = options.wait,
                        .purpose = options.watch ? "sightline index --watch" : "sightline index",
                        .progress = options.index.progress});
  set_kept_when_interrupted(
      "what was indexed is kept in the library; run the same command again "
      "to continue");
  const auto active = writer.active_model();
  if (!options.vectors.empty()) {
    return report_index(add_vectors(writer, options), library, options.as_json);
  }
  const Loaded loaded =
      options.model.empty() ? load_active(options, active, library) : load_named(options, active);
  for (const std::string& warning : loaded.model.info().warnings) warn(warning);
  IndexSummary summary;
  if (!options.dataset.empty()) {
    const DatasetInput input{
        locate_dataset(options.dataset, options.pull), options.dataset_options, {}};
    summary = writer.index_dataset(input, loaded.model, loaded.spec, options.index);
  } else if (!options.paths.empty()) {
    summary = writer.index(options.paths, loaded.model, loaded.spec, options.index);
  } else if (!options.watch) {
    summary = writer.update(loaded.model, loaded.spec, options.index);
  }
  if (!options.watch || adds) {
    const int code = report_index(summary, library, options.as_json);
    if (!options.watch) return code;
  }
  return watch(writer, loaded, options, library);
}

}  // namespace

void add_index(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "index", "Add images to a library, or update it, so that 'search' finds them at once");
  auto* paths = command
                    ->add_option("PATH", options->paths,
                                 "Image files and folders to add; without any, all that were added "
                                 "before are updated")
                    ->type_name("PATH");
  add_library_option(*command, options->library);
  command
      ->add_option("--model", options->model,
                   std::string(kModelHelp) + " (default: the library's active model)")
      ->type_name("MODEL");
  auto* dataset = command
                      ->add_option("--dataset", options->dataset,
                                   "Add the images and captions of a data set (path, or name on "
                                   "the Hub)")
                      ->type_name("DATASET")
                      ->excludes(paths);
  command
      ->add_option("--vectors", options->vectors,
                   "Add a vector set of images that 'sightline encode' or 'sightline merge' wrote")
      ->type_name("FILE")
      ->excludes(paths)
      ->excludes(dataset);
  add_split_option(*command, options->dataset_options.split, dataset);
  add_dataset_options(*command, options->dataset_options);
  for (const char* name : {"--image-column", "--text-column", "--images-root", "--format",
                           "--max-captions", "--keep-repeats"})
    command->get_option(name)->needs(dataset);
  ModelOptions& settings = options->model_options;
  add_backend_options(*command, settings.backend, settings.device);
  add_precision_option(*command, settings.precision, "images");
  add_config_option(*command, options->config);
  add_image_options(*command, settings);
  add_batch_size_option(*command, options->index.batch_size);
  command
      ->add_option("--store", options->stored,
                   "Type of the stored vectors of a new model: fp32, or fp16 in half the space")
      ->check(CLI::IsMember({"fp32", "fp16"}))
      ->capture_default_str();
  command->add_flag("--retry", options->index.retry_failures,
                    "Read files that failed before again, not only after some days");
  command->add_flag("--watch", options->watch,
                    "Stay, and index changes of the folders as they happen (Ctrl-C ends it)");
  command->add_flag("--wait", options->wait, "Wait for another process that writes to the library");
  command->get_option("--vectors")->excludes(command->get_option("--watch"));
  add_pull_flag(*command, options->pull);
  command->add_flag("--json", options->as_json, "Print the summary as JSON");
  command->group("Search");
  command->footer(
      "Examples:\n"
      "  sightline index --library build/library --model models/emoji-vit-8 --dataset build/emoji\n"
      "  sightline search --library build/library 'a red heart'");
  command->callback([options, command, &action] {
    options->index.folder = options->dataset_options.folder;
    for (const char* name :
         {"--precision", "--orientation", "--decode", "--resize", "--backend", "--device"})
      options->model_settings |= command->get_option(name)->count() > 0;
    action = [options, command] { return run(*options, *command); };
  });
}

}  // namespace sightline::cli

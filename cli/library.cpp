// sightline library: describes, checks and maintains a library.
#include <sightline/error.h>
#include <sightline/library.h>

#include <cstdio>
#include <ctime>
#include <memory>

#include "base/stage.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "hub/text.h"
#include "interruption.h"
#include "library_options.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path library, out, path;
  std::string model, stored = "fp32";
  ModelOptions model_options;
  IndexOptions index;
  bool as_json = false, failures = false, no_files = false, all = false, wait = false, pull = false;
};

LibraryWriter open_writer(const Options& options, const std::string& purpose) {
  return LibraryWriter(library_folder(options.library),
                       {.create = false,
                        .wait = options.wait,
                        .purpose = "sightline library " + purpose,
                        .progress = console_progress(options.as_json)});
}

std::string time_text(int64_t seconds) {
  const std::time_t time = seconds;
  std::tm local{};
  char text[32];
  if (::localtime_r(&time, &local) == nullptr ||
      std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local) == 0)
    return std::to_string(seconds);
  return text;
}

void print_models(const LibraryInfo& info) {
  std::vector<std::vector<std::string>> rows;
  for (const LibraryModel& model : info.models) {
    rows.push_back({std::to_string(model.id) + (model.active ? " *" : ""), model.name,
                    std::string(precision_name(model.provenance.computation.precision)),
                    std::to_string(model.dim), std::to_string(model.vectors),
                    std::to_string(model.missing), std::to_string(model.dead),
                    std::to_string(model.segments), hub::bytes_text(model.size_bytes)});
  }
  if (rows.empty()) return;
  std::printf("\n%s", format_table({"number", "model", "precision", ">dim", ">vectors", ">missing",
                                    ">dead", ">segments", ">size"},
                                   rows)
                          .c_str());
}

int print_info(const Options& options) {
  const Library library(library_folder(options.library));
  const LibraryInfo info = library.info();
  std::vector<LibraryFailure> failures;
  if (options.failures) failures = library.failures();
  if (options.as_json) {
    std::printf("%s\n", library_json(info, failures).c_str());
    return kDone;
  }
  print_path("library", info.path);
  std::printf("created: %s, format %d, %s\n", one_line(info.created).c_str(), info.format_version,
              hub::bytes_text(info.size_bytes).c_str());
  std::printf("images: %lld (%lld files, %lld rows of data sets), %lld captions, %lld failures\n",
              static_cast<long long>(info.images), static_cast<long long>(info.files),
              static_cast<long long>(info.rows), static_cast<long long>(info.captions),
              static_cast<long long>(info.failures));
  for (const LibraryRoot& root : info.roots) print_path("root", root.path);
  for (const fs::path& dataset : info.datasets) print_path("data set", dataset);
  print_models(info);
  for (const LibraryFailure& failure : failures) {
    const std::string times = failure.failed == 0 ? "the next 'sightline index' tries again"
                                                  : counted(failure.attempts, "attempt") +
                                                        ", last " + time_text(failure.failed) +
                                                        ", next after " + time_text(failure.retry);
    std::printf("%s\n  %s (%s)\n", one_line(failure.id).c_str(), one_line(failure.reason).c_str(),
                times.c_str());
  }
  return kDone;
}

int check(const Options& options) {
  const LibraryCheck result = check_library(library_folder(options.library), !options.no_files,
                                            console_progress(options.as_json));
  end_progress_line();
  if (options.as_json) {
    std::printf("%s\n", check_json(result).c_str());
  } else {
    for (const std::string& note : result.notes) std::printf("note: %s\n", one_line(note).c_str());
    for (const std::string& problem : result.problems)
      std::printf("problem: %s\n", one_line(problem).c_str());
    if (result.further_problems > 0)
      std::printf("and %s\n", counted(result.further_problems, "further problem").c_str());
    std::printf(
        "%s: %s, %s in %s, %s checked\n", result.problems.empty() ? "no problem" : "damaged",
        counted(result.items, "item").c_str(), counted(result.vectors, "vector").c_str(),
        counted(result.segments, "segment").c_str(), hub::bytes_text(result.checked_bytes).c_str());
    if (!result.problems.empty())
      std::printf("'sightline library repair' removes what is damaged\n");
  }
  return result.problems.empty() ? kDone : kFailed;
}

int repair(const Options& options) {
  const fs::path library = library_folder(options.library);
  const LibraryRepair result =
      repair_library(library, {options.wait, console_progress(options.as_json)});
  end_progress_line();
  if (options.as_json) {
    std::printf("%s\n", repair_json(result).c_str());
    return kDone;
  }
  for (const std::string& action : result.actions) std::printf("%s\n", one_line(action).c_str());
  std::printf("%s\n", result.actions.empty() ? "nothing to repair" : "repaired");
  return kDone;
}

int compact(const Options& options) {
  LibraryWriter writer = open_writer(options, "compact");
  const CompactSummary done = writer.compact(true, console_progress(options.as_json));
  end_progress_line();
  std::printf("merged %s, wrote %s, dropped %s\n", counted(done.segments, "segment").c_str(),
              counted(done.rows, "vector").c_str(), counted(done.dropped, "dead row").c_str());
  return kDone;
}

int migrate(Options& options) {
  const fs::path library = library_folder(options.library);
  options.index.progress = console_progress(options.as_json);
  options.index.stored = options.stored == "fp16" ? StoredVectors::fp16 : StoredVectors::fp32;
  LibraryWriter writer = open_writer(options, "migrate");
  set_kept_when_interrupted(
      "what was encoded is kept, and the former model stays the active one; "
      "run the same command again to continue");
  const std::string path = locate_model(options.model, options.pull);
  ModelOptions settings = options.model_options;
  settings.load_text_tower = false;
  if (!settings.precision) settings.precision = Precision::fp32;
  const Model model = [&] {
    const Stage stage(options.index.progress, "loading " + path);
    return Model::load(path, settings);
  }();
  const IndexSummary summary =
      writer.migrate(model, lasting_model_spec(options.model), options.index);
  const int code = report_index(summary, library, options.as_json);
  const auto active = writer.active_model();
  const ProvenanceMatch match =
      active ? match_provenance(active->provenance, provenance_of(model, VectorKind::images))
             : ProvenanceMatch();
  const bool migrated = match.model && match.preprocessing && match.computation;
  return migrated ? code : kFailed;
}

int drop(const Options& options) {
  open_writer(options, "drop").drop_model(options.model);
  std::printf("dropped the vectors of %s\n", one_line(options.model).c_str());
  return kDone;
}

int activate(const Options& options) {
  open_writer(options, "activate").activate(options.model);
  std::printf("searches use %s\n", one_line(options.model).c_str());
  return kDone;
}

int remove(const Options& options) {
  return report_index(open_writer(options, "remove").remove(options.path),
                      library_folder(options.library), options.as_json);
}

int write_vectors(const Options& options) {
  check_output_file(options.out, ".npy");
  const Library library(library_folder(options.library));
  const int64_t rows = export_library(*library.collection(options.model), options.out,
                                      console_progress(options.as_json));
  end_progress_line();
  std::printf("%s: %s\n", one_line(options.out.string()).c_str(), counted(rows, "vector").c_str());
  return kDone;
}

using Run = int (*)(Options&);

// Adds subcommands with --library and an example.
class Group {
 public:
  Group(CLI::App& group, std::shared_ptr<Options> options, Action& action)
      : group_(group), options_(std::move(options)), action_(action) {}

  // `arguments`: of the example.
  CLI::App& add(const std::string& name, const std::string& help, Run run,
                const std::string& arguments = "") {
    CLI::App* command = group_.add_subcommand(name, help);
    add_library_option(*command, options_->library);
    command->footer("Example:\n  sightline library " + name + " --library build/library" +
                    (arguments.empty() ? "" : " " + arguments));
    command->callback([options = options_, run, &action = action_] {
      action = [options, run] { return run(*options); };
    });
    return *command;
  }
  Options& options() { return *options_; }

  void add_json(CLI::App& command) {
    command.add_flag("--json", options_->as_json, "Print the result as JSON");
  }
  void add_wait(CLI::App& command) {
    command.add_flag("--wait", options_->wait,
                     "Wait for another process that writes to the library");
  }

 private:
  CLI::App& group_;
  std::shared_ptr<Options> options_;
  Action& action_;
};

template <int (*function)(const Options&)>
int with_const(Options& options) {
  return function(options);
}

// Commands that only read, and repair.
void add_checks(Group& group) {
  Options& options = group.options();
  CLI::App& info = group.add("info", "Describe a library", with_const<print_info>, "--failures");
  info.add_flag("--failures", options.failures, "Also list what could not be indexed, and why");
  group.add_json(info);
  CLI::App& checking = group.add(
      "check", "Verify every byte of a library, and compare it with the files", with_const<check>);
  checking.add_flag("--no-files", options.no_files, "Do not look at the indexed files");
  group.add_json(checking);
  CLI::App& repairing =
      group.add("repair", "Remove what 'check' finds damaged", with_const<repair>);
  group.add_json(repairing);
  group.add_wait(repairing);
  CLI::App& exporting = group.add("export", "Write the vectors as a vector set (.npy)",
                                  with_const<write_vectors>, "--out build/library.npy");
  exporting.add_option("--out", options.out, "Output NAME.npy")->type_name("FILE.npy")->required();
  exporting.add_option("--model", options.model,
                       "Model in 'library info' (default: the active one)");
}

void add_migrate(Group& group) {
  Options& options = group.options();
  CLI::App& command =
      group.add("migrate", "Encode all images with another model, then switch to it", migrate,
                "--model models/emoji-rn");
  command.add_option("--model", options.model, kModelHelp)->type_name("MODEL")->required();
  add_backend_options(command, options.model_options.backend, options.model_options.device);
  add_fixed_precision_option(command, options.model_options.precision);
  add_image_options(command, options.model_options);
  add_batch_size_option(command, options.index.batch_size);
  command.add_option("--store", options.stored, "Type of the stored vectors: fp32 or fp16")
      ->check(CLI::IsMember({"fp32", "fp16"}))
      ->capture_default_str();
  add_pull_flag(command, options.pull);
  group.add_json(command);
  group.add_wait(command);
}

// Commands that change a library.
void add_changes(Group& group) {
  Options& options = group.options();
  CLI::App& compacting = group.add(
      "compact", "Merge segments and drop the vectors of removed images", with_const<compact>);
  CLI::App& activating =
      group.add("activate", "Search with the vectors of another model of the library",
                with_const<activate>, "emoji-vit-8");
  CLI::App& dropping =
      group.add("drop", "Remove the vectors of a model", with_const<drop>, "emoji-vit-8");
  for (CLI::App* command : {&activating, &dropping})
    command->add_option("MODEL", options.model, "Name of the model in 'library info'")->required();
  CLI::App& removing = group.add("remove", "Forget a root or a data set and its images",
                                 with_const<remove>, "build/emoji");
  removing.add_option("PATH", options.path, "Root or data set in 'library info'")->required();
  group.add_json(removing);
  for (CLI::App* command : {&compacting, &activating, &dropping, &removing})
    group.add_wait(*command);
}

}  // namespace

void add_library(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("library", "Describe, check and maintain a library");
  command->require_subcommand(1);
  command->group("Search");
  Group group(*command, std::make_shared<Options>(), action);
  add_checks(group);
  add_migrate(group);
  add_changes(group);
  command->footer(
      "Examples:\n"
      "  sightline library info --library build/library\n"
      "  sightline library check --library build/library");
}

}  // namespace sightline::cli

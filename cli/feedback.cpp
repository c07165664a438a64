// sightline feedback: judgements of a library, and what is learned from them.
#include "feedback.h"

#include <sightline/error.h>
#include <sightline/library.h>

#include <cstdio>
#include <memory>

#include "base/file.h"
#include "base/stage.h"
#include "base/text.h"
#include "cache_options.h"
#include "console.h"
#include "library_options.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"
#include "standard_streams.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxTextBytes = 256 << 20;

struct Options {
  fs::path library, out, qrels, queries;
  std::string model;
  int64_t version = 0;
  CacheFlags cache;
  StatisticsOptions statistics;
  bool as_json = false, no_correction = false, pull = false;

  fs::path folder() const { return library_folder(library); }
};

// The images of a library, and the model that encodes queries for them.
struct Opened {
  Library library;
  std::shared_ptr<const Collection> collection;
  Model model;
};

Opened open_library(const Options& options) {
  Library library(options.folder());
  auto collection = library.collection(options.model);
  ModelOptions settings = query_model_options(*collection);
  settings.load_image_tower = false;
  settings.digest_cache = cache_root(options.cache).value_or("");
  const std::string path = locate_model(library.model(options.model).spec, options.pull);
  const ProgressFn progress = console_progress(options.as_json);
  const Stage stage(progress, "loading " + path);  // keeps a reference to it
  Model model = Model::load(path, settings);
  return {std::move(library), std::move(collection), std::move(model)};
}

int print_info(const Options& options) {
  const Judgements judgements(options.folder());
  const Corrections corrections(options.folder());
  const JudgementCounts counts = judgements.counts();
  if (options.as_json) {
    print_json(info_json(options.folder(), counts, corrections));
    return kDone;
  }
  print_path("library", options.folder());
  std::printf("judgements: %lld (%lld relevant, %lld irrelevant) of %s, %lld with replaced ones\n",
              static_cast<long long>(counts.judgements), static_cast<long long>(counts.relevant),
              static_cast<long long>(counts.irrelevant),
              counted(counts.queries, "query", "queries").c_str(),
              static_cast<long long>(counts.history));
  print_versions(corrections.versions(), corrections.enabled());
  return kDone;
}

int write_qrels(const Options& options) {
  if (is_standard(options.out) && is_standard(options.queries))
    throw Error(ErrorCode::invalid_argument, "--out and --queries both write to standard output");
  for (const fs::path& file : {options.out, options.queries}) {
    if (!file.empty() && !is_standard(file)) check_output_file(file);
  }
  const std::vector<Judgement> list = Judgements(options.folder()).list();
  const auto write = [](const fs::path& file, const std::string& text, const char* name) {
    const OutputFile out(file, name);
    write_file_atomic(out.path(), std::string_view(text));
    out.publish();
  };
  write(options.out, qrels_text(list), "judgements.qrels");
  if (!options.queries.empty()) write(options.queries, queries_text(list), "queries.tsv");
  std::fprintf(stderr, "%s\n", counted(static_cast<int64_t>(list.size()), "judgement").c_str());
  return kDone;
}

std::string read_input(const fs::path& file) {
  if (file.empty()) return "";
  return is_standard(file) ? read_stdin(kMaxTextBytes) : read_text_file(file, kMaxTextBytes);
}

int read_qrels(const Options& options) {
  Judgements judgements(options.folder());
  const auto collection = Library(options.folder()).collection(options.model);
  const QrelsImport done =
      import_qrels(judgements, *collection, read_input(options.qrels), read_input(options.queries));
  constexpr size_t kShown = 20;
  for (size_t i = 0; i < std::min(kShown, done.unknown.size()); ++i)
    warn("the library has no image '" + one_line(done.unknown[i]) + "'");
  if (done.unknown.size() > kShown)
    warn(message("and ", done.unknown.size() - kShown, " more that it does not have"));
  if (options.as_json) {
    print_json({{"added", done.added}, {"unknown", done.unknown}});
  } else {
    std::printf("added %s\n", counted(done.added, "judgement").c_str());
  }
  return done.unknown.empty() ? kDone : kSkipped;
}

int learn(const Options& options) {
  const Opened opened = open_library(options);
  Corrections corrections(options.folder());
  LearningOptions learning;
  learning.progress = console_progress(options.as_json);
  const CorrectionVersion version =
      corrections.learn(Judgements(options.folder()), *opened.collection, opened.model, learning);
  end_progress_line();
  if (options.as_json) {
    print_json(correction_json(version));
  } else {
    print_correction(version);
  }
  return kDone;
}

int list_versions(const Options& options) {
  const Corrections corrections(options.folder());
  const std::vector<CorrectionVersion> versions = corrections.versions();
  if (!options.as_json) {
    print_versions(versions, corrections.enabled());
    return kDone;
  }
  Json list = Json::array();
  for (const CorrectionVersion& version : versions) list.push_back(correction_json(version));
  print_json({{"enabled", corrections.enabled()}, {"versions", std::move(list)}});
  return kDone;
}

int use(const Options& options) {
  Corrections(options.folder()).use(options.version);
  std::printf("searches use correction %lld\n", static_cast<long long>(options.version));
  return kDone;
}

int turn_off(const Options& options) {
  Corrections(options.folder()).turn_off();
  std::printf("searches use no correction\n");
  return kDone;
}

int evaluate(const Options& options) {
  const Opened opened = open_library(options);
  const Judgements judgements(options.folder());
  std::shared_ptr<const TextCorrection> correction;
  if (!options.no_correction)
    correction = Corrections(options.folder()).active(opened.model.info().fingerprint);
  const FeedbackModel result =
      evaluate_judgements(judgements.list(), *opened.collection, opened.model, correction.get());
  const std::vector<FeedbackDay> days = quality_by_day(judgements.history());
  end_progress_line();
  if (options.as_json) {
    print_json(evaluation_json(result, days));
  } else {
    print_evaluation(result, days);
  }
  return kDone;
}

using Run = int (*)(const Options&);

// Adds subcommands with --library and an example.
class Group {
 public:
  Group(CLI::App& group, Action& action)
      : group_(group), options_(std::make_shared<Options>()), action_(action) {}

  // `arguments`: of the example.
  CLI::App& add(const std::string& name, const std::string& help, Run run,
                const std::string& arguments = "") {
    CLI::App* command = group_.add_subcommand(name, help);
    add_library_option(*command, options_->library);
    command->footer("Example:\n  sightline feedback " + name + " --library build/library" +
                    (arguments.empty() ? "" : " " + arguments));
    command->callback([options = options_, run, &action = action_] {
      action = [options, run] { return run(*options); };
    });
    return *command;
  }
  void add_json(CLI::App& command) {
    command.add_flag("--json", options_->as_json, "Print the result as JSON");
  }
  void add_model(CLI::App& command) {
    command.add_option("--model", options_->model,
                       "Model in 'library info' (default: the active one)");
  }
  Options& options() { return *options_; }

 private:
  CLI::App& group_;
  std::shared_ptr<Options> options_;
  Action& action_;
};

void add_judgements(Group& group) {
  Options& options = group.options();
  CLI::App& info = group.add("info", "Count judgements and list corrections", print_info);
  group.add_json(info);
  CLI::App& exporting =
      group.add("export", "Write the judgements as TREC qrels", write_qrels, "--out build/f.qrels");
  exporting.add_option("--out", options.out, "Output file; - is standard output")
      ->type_name("FILE")
      ->required();
  exporting.add_option("--queries", options.queries, "Also write the queries: ID, tab, text")
      ->type_name("FILE");
  CLI::App& importing =
      group.add("import", "Add judgements from TREC qrels", read_qrels, "build/f.qrels");
  importing.add_option("QRELS", options.qrels, "Lines QUERY 0 ITEM GRADE; - is standard input")
      ->required();
  importing
      .add_option("--queries", options.queries,
                  "The texts of the queries: ID, tab, text (default: ids are texts)")
      ->type_name("FILE");
  group.add_model(importing);
  group.add_json(importing);
}

void add_corrections(Group& group) {
  Options& options = group.options();
  CLI::App& learning =
      group.add("learn", "Learn a correction of texts; refuse it unless results improve", learn);
  CLI::App& versions = group.add("versions", "List the learned corrections", list_versions);
  CLI::App& using_one = group.add("use", "Search with this correction", use, "1");
  using_one.add_option("VERSION", options.version, "Number in 'feedback versions'")->required();
  group.add("off", "Search without corrections", turn_off);
  CLI::App& evaluating =
      group.add("eval", "Measure the quality of results by the judgements", evaluate);
  evaluating.add_flag("--no-correction", options.no_correction, "Without the learned correction");
  for (CLI::App* command : {&learning, &evaluating}) {
    group.add_model(*command);
    add_cache_options(*command, options.cache);
    add_pull_flag(*command, options.pull);
  }
  for (CLI::App* command : {&learning, &versions, &evaluating}) group.add_json(*command);
}

}  // namespace

void add_feedback(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("feedback", "Learn from judgements of a library's search results");
  command->require_subcommand(1);
  command->group("Search");
  Group group(*command, action);
  add_judgements(group);
  add_corrections(group);
  add_feedback_simulate(*command, action);
  command->footer(
      "Examples:\n"
      "  sightline feedback info --library build/library\n"
      "  sightline feedback learn --library build/library");
}

}  // namespace sightline::cli

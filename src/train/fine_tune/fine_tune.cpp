#include <sightline/error.h>
#include <sightline/fine_tune.h>
#include <sightline/hub.h>
#include <sightline/model.h>
#include <sightline/train.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/stage.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "models/pair_spec.h"
#include "models/prompt_adapter.h"
#include "train/fine_tune/adapter.h"
#include "train/fine_tune/adapter_export.h"
#include "train/fine_tune/adapter_files.h"
#include "train/fine_tune/check_options.h"
#include "train/fine_tune/earlier_run.h"
#include "train/fine_tune/figures.h"
#include "train/fine_tune/fine_tune.h"
#include "train/fine_tune/interpolate.h"
#include "train/fine_tune/layout_writer.h"
#include "train/fine_tune/out_folder.h"
#include "train/fine_tune/read_images.h"
#include "train/fine_tune/recipe_writer.h"
#include "train/fine_tune/report_files.h"
#include "train/fine_tune/retrieval.h"
#include "train/fine_tune/verdict.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int kShareSteps = 10;  // shares 0, 0.1 … 1

// Weights between start and result are models; between learned vectors and none, there is nothing.
std::vector<double> shares_of(FineTuneMethod method) {
  if (method == FineTuneMethod::prompt) return {0, 1};
  std::vector<double> shares;
  for (int step = 0; step <= kShareSteps; ++step)
    shares.push_back(static_cast<double>(step) / kShareSteps);
  return shares;
}

class FineTuning {
 public:
  // given: the parts; null: they are planned.
  FineTuning(const FineTuneOptions& options, const GivenParts* given, const ProgressFn& progress)
      : options_(options), given_(given), progress_(progress) {
    options_.model = resolve_model(options.model, hub_settings());
    options_.metric = fine_tune_figures()[figure_index(options.metric)];
    encode_.cache = options.cache;
    encode_.progress = progress;
  }

  FineTuneResult run() {
    prepare_out_folder(options_.out, options_.model);
    const FolderLock lock(options_.out / kLockFile, "another fine-tuning run");
    load_start();
    plan_ = given_ != nullptr ? given_->plan : plan_splits(options_, progress_);
    count_rows();
    if (given_ == nullptr) read_other();
    write_inputs();
    if (options_.settings.method == FineTuneMethod::adapter) {
      train_adapter_maps();
    } else {
      train_towers();
      if (!result_.complete) return result_;
      keeping_training([&] { choose_share(); });
    }
    if (given_ != nullptr) return result_;
    keeping_training([&] { measure(); });
    write_reports();
    return result_;
  }

 private:
  static Model load(const fs::path& path) { return Model::load(path, {}); }

  RetrievalSet start_vectors(SplitPart part) const {
    return given_ != nullptr ? given_->start_vectors(part)
                             : encode_part(plan_, part, *start_, encode_);
  }

  void event(const std::string& text) const {
    if (progress_) progress_({"fine-tuning", 0, -1, "", text});
  }

  void load_start() {
    const Stage stage(progress_, "loading " + options_.model.string());
    start_.emplace(load(options_.model));
    if (is_prompt() && find_pair(options_.model)) {
      throw Error(ErrorCode::unsupported, "the method prompt takes a model, found the pair ",
                  quoted(options_.model), ", which cannot be loaded with a prompt");
    }
    if (!is_prompt()) require_writable_layout(open_model(options_.model));
    if (start_->info().has_image && start_->info().has_text) return;
    throw Error(ErrorCode::unsupported, "the model ", quoted(options_.model),
                " cannot be fine-tuned: expected an image tower and a text tower");
  }

  void count_rows() {
    result_.train_pairs = plan_.count(SplitPart::train);
    result_.validation_pairs = plan_.count(SplitPart::validation);
    result_.test_pairs = plan_.count(SplitPart::test);
    result_.skipped = plan_.skipped;
    result_.left_out = plan_.left_out;
    result_.warnings = part_warnings(plan_);
    event(message("trains on ", counted(result_.train_pairs, "image"), ", validates on ",
                  result_.validation_pairs, ", tests on ", result_.test_pairs,
                  plan_.left_out > 0 ? message("; leaves out ", counted(plan_.left_out, "image"),
                                               " near to one of another part")
                                     : ""));
  }

  // Before training, because it may fail.
  void read_other() {
    if (options_.other_dataset.empty()) return;
    std::vector<std::string> splits;
    if (!options_.other_split.empty()) {
      splits = {options_.other_split};
    } else if (has_split(options_.other_dataset, "test")) {
      splits = {"test"};
    }
    other_ = read_images_of(options_.other_dataset, splits, false, progress_);
    for (PlannedImage& image : other_->images) image.part = SplitPart::test;
  }

  // Refuses the folder of another run before it changes a file there.
  void write_inputs() const {
    RunInputs inputs{options_.settings.method, "", splits_jsonl(plan_), ""};
    if (inputs.method == FineTuneMethod::adapter) {
      inputs.settings = adapter_run_settings(options_, start_->info().fingerprint);
    } else {
      inputs.recipe = fine_tune_recipe(options_, result_.train_pairs);
    }
    if (options_.resume && has_earlier_run(options_.out)) {
      require_same_inputs(options_.out, inputs);
    } else {
      remove_earlier_run(options_.out, inputs.method);
    }
    write_file_atomic(options_.out / kSplitsFile, inputs.splits);
    if (!inputs.recipe.empty()) write_file_atomic(options_.out / kRecipeFile, inputs.recipe);
  }

  // Adds to an error, such as that of a data set that has disappeared, what is kept.
  template <typename Step>
  void keeping_training(const Step& step) const {
    try {
      step();
    } catch (const Error& error) {
      std::error_code ignored;
      if (error.code() == ErrorCode::cancelled || !fs::exists(training(), ignored)) throw;
      throw Error(error.code(), error.what(), "; what was trained is kept in ", quoted(training()),
                  ": run the same command again to continue");
    }
  }

  // --- the adapter -------------------------------------------------------------------------------

  AdapterTraining adapter_training(const FoldableTowers& towers) const {
    const FineTuneSettings& s = options_.settings;
    AdapterTraining training;
    const double scale = start_->info().logit_scale;
    if (scale > 0) training.logit_scale = std::min(scale, 100.0);
    training.learning_rate =
        s.learning_rate.value_or(default_learning_rate(FineTuneMethod::adapter));
    training.smoothing = s.label_smoothing;
    training.epochs = s.epochs;
    training.captions_per_image = s.captions_per_image;
    training.seed = s.seed;
    training.image = towers.image;
    training.text = towers.text;
    return training;
  }

  void train_adapter_maps() {
    const ModelSource source = open_model(options_.model);
    const FoldableTowers towers = foldable_towers(source);
    if (!towers.image && !towers.text) {
      throw Error(ErrorCode::unsupported, "the model ", quoted(options_.model),
                  " has no projection layer that an adapter could be written into");
    }
    const RetrievalSet train = start_vectors(SplitPart::train);
    const RetrievalSet validation = start_vectors(SplitPart::validation);
    const auto started = std::chrono::steady_clock::now();
    AdapterResult adapter =
        train_adapter(train, validation, options_.metric, adapter_training(towers), progress_);
    choose_share([&](double share) {
      return choice_value(apply_maps(validation, interpolate_maps(adapter.maps, share)),
                          options_.metric);
    });
    result_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    result_.steps = adapter.steps;
    result_.epochs = result_.best_epoch = 0;
    result_.complete = true;
    trials_ = std::move(adapter.trials);
    const Stage stage(progress_, "writing the model");
    write_in_layout(source, fold_maps(source, interpolate_maps(adapter.maps, result_.share)),
                    options_.out);
    result_.model = options_.out;
  }

  // --- other methods -----------------------------------------------------------------------------

  fs::path training() const { return options_.out / kTrainingFolder; }

  void train_towers() {
    TrainOptions train_options;
    train_options.recipe = options_.out / kRecipeFile;
    train_options.dataset = options_.dataset;
    train_options.image_parts = options_.out / kSplitsFile;
    for (const std::string& split : plan_.input.splits)
      train_options.train_split += (train_options.train_split.empty() ? "" : ",") + split;
    train_options.out = training();
    train_options.cache = options_.cache;
    train_options.image_memory = options_.image_memory;
    train_options.device = options_.device;
    train_options.resume = options_.resume;
    train_options.stop_after_epochs = options_.stop_after_epochs;
    const TrainResult trained = train(train_options, progress_);
    result_.complete = trained.complete;
    result_.epochs = trained.epochs;
    result_.best_epoch = trained.best_epoch;
    result_.steps = trained.steps;
    result_.seconds = trained.seconds;
    if (!trained.complete)
      result_.reason = message("stopped after epoch ", trained.epochs,
                               "; run the same command again to continue");
  }

  bool is_prompt() const { return options_.settings.method == FineTuneMethod::prompt; }

  void choose_share() {
    choose_share([&](double share) { return validate(share); });
    const Stage stage(progress_, "writing the model");
    if (is_prompt()) return write_prompt();
    write_interpolated(options_.model, training(), result_.share, options_.out);
    copy_adapter(training(), result_.share, options_.out);
    result_.model = options_.out;
  }

  // The start as a base for the vectors in this folder.
  fs::path with_prompt(const fs::path& folder) const {
    return options_.model.string() + "+" + (folder / kAdapterFolder).string();
  }

  // The vectors alone: the weights are those of the start. Parts that the caller has chosen get the
  // start too, because their folder may be moved.
  void write_prompt() {
    if (result_.share > 0) copy_adapter(training(), 1, options_.out);
    result_.model = result_.share > 0 ? with_prompt(options_.out) : options_.model;
    if (given_ == nullptr) return;
    write_in_layout(open_model(options_.model), {}, options_.out);
    result_.model = tuned_model(options_.out, options_.out);
  }

  // The value of weights between start and result on the validation split. Their vectors are not
  // cached: nobody asks for them again.
  ChoiceValue validate(double share) {
    if (share == 0) return choice_value(start_vectors(SplitPart::validation), options_.metric);
    EncodeOptions encode = encode_;
    encode.cache.reset();
    const auto value = [&](const fs::path& model) {
      return choice_value(encode_part(plan_, SplitPart::validation, load(model), encode),
                          options_.metric);
    };
    if (is_prompt()) return value(with_prompt(training()));
    const TemporaryPath folder(options_.out / "share", TemporaryPath::Kind::folder);
    write_interpolated(options_.model, training(), share, folder.path());
    return value(folder.path());
  }

  // --- choice, figures, files --------------------------------------------------------------------

  // The share with the best value; of equal ones the smallest, which forgets least.
  template <typename ValueOf>
  void choose_share(const ValueOf& value_of) {
    if (!options_.settings.interpolate) return;
    std::optional<ChoiceValue> best;
    const std::vector<double> shares = shares_of(options_.settings.method);
    for (const double share : shares) {
      const ChoiceValue value = value_of(share);
      result_.shares.push_back({share, value.main, value.mrr});
      if (progress_)
        progress_({"choosing the share of the new weights", std::ssize(result_.shares),
                   std::ssize(shares), "", ""});
      if (best && !(value > *best)) continue;
      best = value;
      result_.share = share;
    }
  }

  // Compares start and result on a part of a data set.
  std::vector<PairedFigure> compare(const SplitPlan& plan, SplitPart part,
                                    const Model& tuned) const {
    const auto sums = [&](const Model& model) {
      const RetrievalSet set = encode_part(plan, part, model, encode_);
      return figure_sums(set, rank_pairs(set, progress_));
    };
    return compare_figures(sums(*start_), sums(tuned), options_.metric, {}, progress_);
  }

  void measure() {
    const Model tuned = load(result_.model);
    result_.test = compare(plan_, SplitPart::test, tuned);
    result_.accepted = result_.test.front().low > 0;
    result_.reason = verdict_text(result_, options_.settings.method);
    if (other_) result_.forgetting = compare(*other_, SplitPart::test, tuned);
  }

  void write_reports() const {
    const ModelInfo& info = start_->info();
    const FineTuneReport report{options_,    result_,          plan_,
                                info.name,   info.fingerprint, info.family,
                                info.layout, info.parameters,  licence_of(options_.model),
                                trials_};
    write_file_atomic(options_.out / "README.md", model_card(report));
    write_file_atomic(options_.out / kResultFile, fine_tune_json(report));
  }

  FineTuneOptions options_;
  const GivenParts* given_;
  ProgressFn progress_;
  EncodeOptions encode_;
  std::optional<Model> start_;
  SplitPlan plan_;
  std::optional<SplitPlan> other_;  // the images on which forgetting is measured
  std::vector<AdapterTrial> trials_;
  FineTuneResult result_;
};

}  // namespace

FineTuneResult fine_tune(const FineTuneOptions& options, const ProgressFn& progress) {
  if (options.out.empty())
    throw Error(ErrorCode::invalid_argument, "fine-tuning needs a folder to write the model to");
  check_fine_tune_options(options);
  return FineTuning(options, nullptr, progress).run();
}

FineTuneResult fine_tune_parts(const FineTuneOptions& options, const GivenParts& parts,
                               const ProgressFn& progress) {
  return FineTuning(options, &parts, progress).run();
}

fs::path tuned_model(const fs::path& out, const fs::path& name) {
  if (!fs::exists(file_status(out / kAdapterFolder / kPromptFile))) return name;
  return name.string() + "+" + (name / kAdapterFolder).string();
}

}  // namespace sightline

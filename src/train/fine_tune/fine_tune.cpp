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
#include "base/stage.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "train/fine_tune/adapter.h"
#include "train/fine_tune/adapter_export.h"
#include "train/fine_tune/adapter_files.h"
#include "train/fine_tune/figures.h"
#include "train/fine_tune/fine_tune.h"
#include "train/fine_tune/interpolate.h"
#include "train/fine_tune/out_folder.h"
#include "train/fine_tune/read_images.h"
#include "train/fine_tune/recipe_writer.h"
#include "train/fine_tune/report_files.h"
#include "train/fine_tune/retrieval.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr int kShareSteps = 10;  // shares 0, 0.1 … 1

double share_of(int step) {
  return static_cast<double>(step) / kShareSteps;
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
    load_start();
    plan_ = given_ != nullptr ? given_->plan : plan_splits(options_, progress_);
    count_rows();
    write_file_atomic(options_.out / kSplitsFile, splits_jsonl(plan_));
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
    event(message("trains on ", counted(result_.train_pairs, "image"), ", validates on ",
                  result_.validation_pairs, ", tests on ", result_.test_pairs,
                  plan_.left_out > 0
                      ? message("; leaves out ", plan_.left_out,
                                " that are near-duplicates of images of another part")
                      : ""));
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
  }

  // --- other methods -----------------------------------------------------------------------------

  fs::path training() const { return options_.out / kTrainingFolder; }

  void train_towers() {
    const fs::path recipe = options_.out / kRecipeFile;
    write_file_atomic(recipe, fine_tune_recipe(options_, result_.train_pairs));
    TrainOptions train_options;
    train_options.recipe = recipe;
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

  // Whether weights between start and result are models: learned vectors before the texts are not.
  bool has_shares() const { return options_.settings.method != FineTuneMethod::prompt; }

  void choose_share() {
    if (has_shares()) choose_share([&](double share) { return validate(share); });
    const Stage stage(progress_, "writing the model");
    if (has_shares()) {
      write_interpolated(options_.model, training(), result_.share, options_.out);
    } else {
      write_in_layout(open_model(options_.model), {}, options_.out);
    }
    copy_adapter(training(), result_.share, options_.out);
  }

  // The value of weights between start and result on the validation split. Their vectors are not
  // cached: nobody asks for them again.
  ChoiceValue validate(double share) {
    if (share == 0) return choice_value(start_vectors(SplitPart::validation), options_.metric);
    EncodeOptions encode = encode_;
    encode.cache.reset();
    const TemporaryPath folder(options_.out / "share", TemporaryPath::Kind::folder);
    write_interpolated(options_.model, training(), share, folder.path());
    return choice_value(encode_part(plan_, SplitPart::validation, load(folder.path()), encode),
                        options_.metric);
  }

  // --- choice, figures, files --------------------------------------------------------------------

  // The share with the best value; of equal ones the smallest, which forgets least.
  template <typename ValueOf>
  void choose_share(const ValueOf& value_of) {
    if (!options_.settings.interpolate) return;
    std::optional<ChoiceValue> best;
    for (int step = 0; step <= kShareSteps; ++step) {
      const ChoiceValue value = value_of(share_of(step));
      result_.shares.push_back({share_of(step), value.main, value.mrr});
      if (progress_)
        progress_({"choosing the share of the new weights", step + 1, kShareSteps + 1, "", ""});
      if (best && !(value > *best)) continue;
      best = value;
      result_.share = share_of(step);
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
    const Model tuned = load(tuned_model(options_.out, options_.settings.method));
    result_.test = compare(plan_, SplitPart::test, tuned);
    decide();
    if (options_.other_dataset.empty()) return;
    std::vector<std::string> splits;
    if (!options_.other_split.empty()) {
      splits = {options_.other_split};
    } else if (has_split(options_.other_dataset, "test")) {
      splits = {"test"};
    }
    SplitPlan other = read_images_of(options_.other_dataset, splits, false, progress_);
    for (PlannedImage& image : other.images) image.part = SplitPart::test;
    result_.forgetting = compare(other, SplitPart::test, tuned);
  }

  void decide() {
    const PairedFigure& main = result_.test.front();
    result_.accepted = main.low > 0;
    const bool unchanged = result_.share == 0;
    char text[256];
    std::snprintf(text, sizeof text,
                  "%s %.4f, start %.4f: difference %+.4f, 95 %% interval %+.4f to %+.4f",
                  main.name.c_str(), main.after, main.before, main.difference, main.low, main.high);
    result_.reason =
        std::string(result_.accepted ? "The result is better on the test split: "
                    : unchanged      ? "The result is not better: on validation, no share of the "
                                       "new weights was better than the start: "
                                     : "The result is not accepted, the interval of the "
                                       "difference on the test split is not above 0: ") +
        text + ".";
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
  std::vector<AdapterTrial> trials_;
  FineTuneResult result_;
};

}  // namespace

FineTuneResult fine_tune(const FineTuneOptions& options, const ProgressFn& progress) {
  if (options.out.empty())
    throw Error(ErrorCode::invalid_argument, "fine-tuning needs a folder to write the model to");
  return FineTuning(options, nullptr, progress).run();
}

FineTuneResult fine_tune_parts(const FineTuneOptions& options, const GivenParts& parts,
                               const ProgressFn& progress) {
  return FineTuning(options, &parts, progress).run();
}

fs::path tuned_model(const fs::path& out, FineTuneMethod method) {
  if (method != FineTuneMethod::prompt) return out;
  return out.string() + "+" + (out / kAdapterFolder).string();
}

}  // namespace sightline

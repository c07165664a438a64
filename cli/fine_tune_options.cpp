#include "fine_tune_options.h"

#include <sightline/error.h>

#include <algorithm>

namespace sightline::cli {
namespace {

constexpr int64_t kLargestSeed = 9'000'000'000'000'000;
constexpr const char* kGroup = "Fine-tuning (with --from)";

// Adds options that need --from.
class Adder {
 public:
  Adder(CLI::App& command, CLI::Option* from) : command_(command), from_(from) {}

  template <typename T>
  CLI::Option* option(const std::string& name, T& value, const std::string& text,
                      const std::string& type = "") {
    CLI::Option* added = command_.add_option(name, value, text)->needs(from_)->group(kGroup);
    if (!type.empty()) added->type_name(type);
    return added;
  }
  CLI::Option* flag(const std::string& name, bool& value, const std::string& text) {
    return command_.add_flag(name, value, text)->needs(from_)->group(kGroup);
  }

 private:
  CLI::App& command_;
  CLI::Option* from_;
};

void add_data_options(Adder& add, FineTuneFlags& flags) {
  FineTuneOptions& o = flags.options;
  add.option("--test-split", o.test_split,
             "Splits to report on, comma-separated; default: test if there is one, else drawn by "
             "content",
             "NAME");
  add.option("--validation-share", o.validation_share,
             "Share of the images to draw for validation, without such a split; default 0.1")
      ->check(CLI::Range(0.001, 0.9));
  add.option("--test-share", o.test_share,
             "Share of the images to draw for the test, without such a split; default 0.1")
      ->check(CLI::Range(0.001, 0.9));
  add.option("--max-pairs", o.max_pairs,
             "Train on so many images, drawn by the seed; default 0: all")
      ->check(CLI::NonNegativeNumber);
  CLI::Option* other =
      add.option("--other-dataset", flags.other,
                 "Data set on which forgetting is measured; default: none", "DATASET");
  add.option("--other-split", o.other_split,
             "Its split; default: test if there is one, else all rows", "NAME")
      ->needs(other);
  add.option("--metric", o.metric,
             "Figure that decides on the test images: R@1, R@5, R@10, MRR, also as 'image-to-text "
             "R@1'; default text-to-image R@1. On validation, the MRR of its direction chooses",
             "NAME");
}

void add_optimizer_options(Adder& add, FineTuneFlags& flags) {
  FineTuneSettings& s = flags.options.settings;
  const auto limit = [&](CLI::Option* option) { limit_to_training(flags, option); };
  add.option("--epochs", s.epochs,
             "Passes over the images; default 10; adapter: at least 150 steps for each penalty")
      ->check(CLI::Range(1, 1000000));
  limit(add.option("--batch-size", s.batch_size, "Images per step; default 64")
            ->check(CLI::Range(2, 65536)));
  add.option("--learning-rate", s.learning_rate,
             "Default 1e-5; projections, lora: 1e-4; prompt: 2e-3; adapter: 1e-3")
      ->check(CLI::Range(1e-12, 10.0));
  limit(add.option("--weight-decay", s.weight_decay, "Default 0.1")->check(CLI::Range(0.0, 10.0)));
  limit(add.option("--warmup", s.warmup_share, "Share of the steps before the cosine; default 0.1")
            ->check(CLI::Range(0.0, 1.0)));
  limit(add.option("--layer-decay", s.layer_decay,
                   "Factor on the learning rate for each layer further from the output; default 1")
            ->check(CLI::Range(0.01, 1.0)));
  limit(add.option("--average-decay", s.average_decay,
                   "Decay of a moving average of the weights, such as 0.999; default 0: none")
            ->check(CLI::Range(0.0, 0.99999)));
  add.option("--label-smoothing", s.label_smoothing, "Default 0")->check(CLI::Range(0.0, 0.9));
  add.option("--captions-per-image", s.captions_per_image,
             "Captions of an image in each step; default 1")
      ->check(CLI::Range(1, 64));
  limit(add.option("--hard-negatives", s.hard_negatives,
                   "Images of each batch chosen as similar to its others; default 0")
            ->check(CLI::Range(0, 65535)));
  limit(add.option("--patience", s.patience,
                   "Stop after so many evaluations without a higher MRR on validation; there is "
                   "one per epoch, or about 20 per run if there are more; default 0: never")
            ->check(CLI::Range(0, 1000000)));
  add.option("--seed", s.seed, "Default 1")->check(CLI::Range(int64_t{0}, kLargestSeed));
}

void add_memory_options(Adder& add, FineTuneFlags& flags) {
  FineTuneSettings& s = flags.options.settings;
  const auto limit = [&](CLI::Option* option) { limit_to_training(flags, option); };
  limit(add.option("--chunk", s.chunk,
                   "Images that pass through the towers at once, which bounds memory; default 0: "
                   "all")
            ->check(CLI::Range(0, 65536)));
  limit(add.flag("--checkpointing", s.checkpointing,
                 "Compute activations again in the backward pass, which saves memory; default: "
                 "off"));
  limit(add.flag("--bf16", s.bf16, "Products in bf16 (autocast); default: off"));
}

void add_low_rank_options(Adder& add, FineTuneFlags& flags) {
  LowRankSettings& low_rank = flags.options.settings.low_rank;
  const auto limit = [&](CLI::Option* option) {
    flags.limited.push_back({option, {FineTuneMethod::lora}});
  };
  limit(add.option("--rank", low_rank.rank,
                   "lora: rank, at most the smaller side of each layer; default 8")
            ->check(CLI::Range(1, 4096)));
  limit(add.option("--alpha", low_rank.alpha, "lora: scale, divided by the rank; default 16")
            ->check(CLI::Range(1e-6, 1e6)));
  limit(add.option("--last-layers", low_rank.last_layers,
                   "lora: only so many last layers of each tower; default 0: all")
            ->check(CLI::Range(0, 1000000)));
  limit(add.option("--towers", flags.towers, "lora: image, text or both; default both")
            ->check(CLI::IsMember({"image", "text", "both"})));
  limit(add.option("--targets", low_rank.targets,
                   "lora: layers of a block, comma-separated: q_proj, k_proj, v_proj, out_proj, "
                   "fc1, fc2; default q_proj,v_proj",
                   "NAMES")
            ->delimiter(',')
            ->allow_extra_args(false));
}

void add_method_options(Adder& add, FineTuneFlags& flags) {
  add_low_rank_options(add, flags);
  flags.limited.push_back({add.option("--prompt-length", flags.options.settings.prompt_length,
                                      "prompt: number of learned vectors; default 4")
                               ->check(CLI::Range(1, 64)),
                           {FineTuneMethod::prompt}});
  add.flag("--no-interpolation", flags.no_interpolation,
           "Keep the new weights; default: choose their share on validation (WiSE-FT); prompt: "
           "all or nothing");
  limit_to_training(flags, add.flag("--no-augmentation", flags.no_augmentation,
                                    "Default: zoom, shift and colour"));
}

// Refuses an option that the method does not use.
void check_limited(const FineTuneFlags& flags, FineTuneMethod method) {
  for (const auto& [option, methods] : flags.limited) {
    if (option->count() == 0 || std::ranges::find(methods, method) != methods.end()) continue;
    if (methods.size() == 1) {
      throw Error(ErrorCode::invalid_argument, option->get_name(), " applies to --method ",
                  fine_tune_method_name(methods.front()), ", found --method ",
                  fine_tune_method_name(method));
    }
    throw Error(ErrorCode::invalid_argument, option->get_name(), " does not apply to --method ",
                fine_tune_method_name(method));
  }
}

}  // namespace

FineTuneOptions FineTuneFlags::complete() const {
  FineTuneOptions result = options;
  result.settings.method = parse_fine_tune_method(method);
  check_limited(*this, result.settings.method);
  result.settings.low_rank.image_tower = towers != "text";
  result.settings.low_rank.text_tower = towers != "image";
  result.settings.interpolate = !no_interpolation;
  result.settings.augment = !no_augmentation;
  return result;
}

void limit_to_training(FineTuneFlags& flags, CLI::Option* option) {
  using enum FineTuneMethod;
  flags.limited.push_back({option, {full, locked_image, locked_text, projections, lora, prompt}});
}

void add_fine_tune_options(CLI::App& command, FineTuneFlags& flags,
                           std::initializer_list<CLI::Option*> excluded) {
  CLI::Option* from =
      command.add_option("--from", flags.from, "Model to fine-tune, instead of a recipe")
          ->type_name("MODEL")
          ->group(kGroup);
  for (CLI::Option* option : excluded) from->excludes(option);
  Adder add(command, from);
  add.option("--method", flags.method,
             "full, locked-image, locked-text, projections, adapter, lora or prompt; default full",
             "NAME");
  add_data_options(add, flags);
  add_optimizer_options(add, flags);
  add_memory_options(add, flags);
  add_method_options(add, flags);
}

}  // namespace sightline::cli

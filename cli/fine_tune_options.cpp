#include "fine_tune_options.h"

#include <array>

namespace sightline::cli {
namespace {

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
  void flag(const std::string& name, bool& value, const std::string& text) {
    command_.add_flag(name, value, text)->needs(from_)->group(kGroup);
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
  add.option("--other-dataset", flags.other,
             "Data set on which forgetting is measured; default: none", "DATASET");
  add.option("--other-split", o.other_split,
             "Its split; default: test if there is one, else all rows", "NAME");
  add.option("--metric", o.metric,
             "Figure that chooses and decides: R@1, R@5, R@10, MRR, also as 'image-to-text R@1'; "
             "default text-to-image R@1",
             "NAME");
}

void add_optimizer_options(Adder& add, FineTuneSettings& s) {
  add.option("--epochs", s.epochs, "Passes over the images; default 10")
      ->check(CLI::PositiveNumber);
  add.option("--batch-size", s.batch_size, "Images per step; default 64")
      ->check(CLI::Range(2, 65536));
  add.option("--learning-rate", s.learning_rate,
             "Default 1e-5; projections, lora: 1e-4; prompt: 2e-3; adapter: 1e-3")
      ->check(CLI::PositiveNumber);
  add.option("--weight-decay", s.weight_decay, "Default 0.1")->check(CLI::Range(0.0, 10.0));
  add.option("--warmup", s.warmup_share, "Share of the steps before the cosine; default 0.1")
      ->check(CLI::Range(0.0, 1.0));
  add.option("--layer-decay", s.layer_decay,
             "Factor on the learning rate for each layer further from the output; default 1")
      ->check(CLI::Range(0.01, 1.0));
  add.option("--average-decay", s.average_decay,
             "Decay of a moving average of the weights, such as 0.999; default 0: none")
      ->check(CLI::Range(0.0, 0.99999));
  add.option("--label-smoothing", s.label_smoothing, "Default 0")->check(CLI::Range(0.0, 0.9));
  add.option("--captions-per-image", s.captions_per_image,
             "Captions of an image in each step; default 1")
      ->check(CLI::Range(1, 64));
  add.option("--hard-negatives", s.hard_negatives,
             "Images of each batch chosen as similar to its others; default 0")
      ->check(CLI::Range(0, 65535));
  add.option("--chunk", s.chunk,
             "Images that pass through the towers at once, which bounds memory; default 0: all")
      ->check(CLI::Range(0, 65536));
  add.flag("--checkpointing", s.checkpointing,
           "Compute activations again in the backward pass, which saves memory; default: off");
  add.flag("--bf16", s.bf16, "Products in bf16 (autocast); default: off");
  add.option("--patience", s.patience,
             "Stop after so many evaluations without a better one on validation; there is one per "
             "epoch, or about 20 per run if there are more; default 0: never")
      ->check(CLI::NonNegativeNumber);
  add.option("--seed", s.seed, "Default 1");
}

void add_method_options(Adder& add, FineTuneFlags& flags) {
  LowRankSettings& low_rank = flags.options.settings.low_rank;
  add.option("--rank", low_rank.rank, "lora: rank; default 8")->check(CLI::Range(1, 4096));
  add.option("--alpha", low_rank.alpha, "lora: scale, divided by the rank; default 16")
      ->check(CLI::PositiveNumber);
  add.option("--last-layers", low_rank.last_layers,
             "lora: only so many last layers of each tower; default 0: all")
      ->check(CLI::NonNegativeNumber);
  add.option("--towers", flags.towers, "lora: image, text or both; default both")
      ->check(CLI::IsMember({"image", "text", "both"}));
  add.option("--targets", low_rank.targets,
             "lora: layers of a block, comma-separated: q_proj, k_proj, v_proj, out_proj, fc1, "
             "fc2; default q_proj,v_proj",
             "NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
  add.option("--prompt-length", flags.options.settings.prompt_length,
             "prompt: number of learned vectors; default 4")
      ->check(CLI::Range(1, 64));
  add.flag("--no-interpolation", flags.no_interpolation,
           "Keep the new weights; default: choose their share on validation (WiSE-FT)");
  add.flag("--no-augmentation", flags.no_augmentation, "Default: zoom, shift and colour");
}

}  // namespace

FineTuneOptions FineTuneFlags::complete() const {
  FineTuneOptions result = options;
  result.settings.method = parse_fine_tune_method(method);
  result.settings.low_rank.image_tower = towers != "text";
  result.settings.low_rank.text_tower = towers != "image";
  result.settings.interpolate = !no_interpolation;
  result.settings.augment = !no_augmentation;
  return result;
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
  add_optimizer_options(add, flags.options.settings);
  add_method_options(add, flags);
}

}  // namespace sightline::cli

// Fine-tuning of published models on captioned images, with the evidence whether it helped.
#pragma once

#include <sightline/progress.h>
#include <sightline/rows.h>
#include <sightline/settings.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

enum class FineTuneMethod {
  full,          // all weights
  locked_image,  // all but the image tower's (its projection included)
  locked_text,   // all but the text tower's
  projections,   // the last linear layer of each tower, and the logit scale
  adapter,  // a linear map on each tower's finished vectors, without passing through the towers
  lora,     // low-rank additions to the layers of attention (Hu et al. 2021)
  prompt,   // learned vectors in front of every text (CoOp, Zhou et al. 2022)
};

// "locked-image", …; throws invalid_argument for another name, listing all.
const char* fine_tune_method_name(FineTuneMethod method);
FineTuneMethod parse_fine_tune_method(const std::string& name);

struct LowRankSettings {
  int64_t rank = 8;         // 1 to 4096, at most the smaller side of each layer
  double alpha = 16;        // 1e-6 to 1e6; the product of both factors is scaled by alpha / rank
  int64_t last_layers = 0;  // of each tower; 0: all; at most the blocks of the deeper tower
  bool image_tower = true, text_tower = true;
  std::vector<std::string> targets = {"q_proj", "v_proj"};  // names of layers within a block
};

struct FineTuneSettings {
  FineTuneMethod method = FineTuneMethod::full;
  int64_t epochs = 10;
  int64_t batch_size = 64;
  std::optional<double> learning_rate;  // above 0, at most 10; absent: the method's own default
  double weight_decay = 0.1;
  double warmup_share = 0.1;  // of all steps; then cosine
  double layer_decay = 1;     // factor on the learning rate for each layer further from the output
  double average_decay = 0;   // of a moving average of the weights; 0: none
  double label_smoothing = 0;
  int64_t captions_per_image = 1;  // in each step; captions of one image are no false negatives
  int64_t hard_negatives = 0;      // rows of each batch chosen as the most similar to the others
  int64_t chunk = 0;  // rows that pass through the towers at once (gradient caching); 0: all
  bool checkpointing = false;  // recompute activations in the backward pass
  bool bf16 = false;           // autocast
  int64_t patience = 0;  // evaluations without a better validation figure before it stops; 0: never
  LowRankSettings low_rank;
  int64_t prompt_length = 4;
  bool interpolate = true;  // choose the share of the new weights on the validation split (WiSE-FT)
  bool augment = true;
  uint64_t seed = 1;
};

struct FineTuneOptions {
  std::filesystem::path model;  // directory or file, in any layout that Model::load reads; a pair
  std::filesystem::path dataset;
  // Splits of the data set. Empty: "train", "validation" and "test" if it has them; without any of
  // them, rows are drawn by content, images that are near-duplicates staying together. A data set
  // with one of the others needs a split to train on.
  std::string train_split, validation_split, test_split;
  double validation_share = 0.1, test_share = 0.1;  // of the images, where rows are drawn
  int64_t max_pairs = 0;  // train on so many images, drawn by the seed: 16 are part of 64; 0: all
  std::filesystem::path other_dataset;  // measures forgetting; empty: not measured
  std::string other_split;              // of it; empty: "test" if it has that split, else all rows
  // The main figure, one of fine_tune_figures(): it decides on the test split. On the validation
  // split, the mean reciprocal rank of its direction chooses.
  std::string metric = "text-to-image R@1";
  FineTuneSettings settings;
  std::filesystem::path out;                   // receives the model; created if missing
  std::optional<std::filesystem::path> cache;  // root of the embedding cache; absent: none
  std::optional<int64_t> image_memory;         // as TrainOptions::image_memory
  Device device;
  bool resume = true;
  int64_t stop_after_epochs = -1;  // as TrainOptions::stop_after_epochs
};

// The figures that are compared: "text-to-image R@1", … "image-to-text MRR".
const std::vector<std::string>& fine_tune_figures();

// A paired comparison of a figure before and after, over the same queries.
struct PairedFigure {
  std::string name;  // one of fine_tune_figures()
  int64_t queries = 0;
  double before = 0, after = 0;
  double difference = 0, low = 0, high = 0;  // 95 % interval of the difference
  double p = 1;                              // two-sided permutation test
};

// The main figure, and the mean reciprocal rank of its direction, which chooses, on the validation
// split with a share of the new weights (WiSE-FT).
struct ShareFigure {
  double share = 0, value = 0, mrr = 0;
};

struct FineTuneResult {
  bool complete = false;  // false: stopped early with a checkpoint to resume from
  bool accepted =
      false;           // the interval of the main figure's difference on the test split is above 0
  std::string reason;  // one sentence
  // Specifies the result for Model::load: `out`; of a prompt "MODEL+OUT/adapter", or the start if
  // the prompt is worse on the validation split.
  std::filesystem::path model;
  double share = 1;  // of the new weights in the written model (WiSE-FT); of a prompt 0 or 1
  int64_t epochs = 0, best_epoch = 0, steps = 0;
  int64_t train_pairs = 0, validation_pairs = 0, test_pairs = 0;  // images with their captions
  std::vector<SkippedRow> skipped;    // rows without a caption, or whose image could not be read
  int64_t left_out = 0;               // images near to one of another split, which no split uses
  std::vector<std::string> warnings;  // such as of a test split that is too small
  std::vector<ShareFigure> shares;    // ascending; empty: not measured
  double seconds = 0;
  std::vector<PairedFigure> test;        // the first is the main figure
  std::vector<PairedFigure> forgetting;  // on the other data set; empty: not measured
};

// Fine-tunes a model, measures start and result on rows that neither training nor any choice has
// seen, and writes into `out`: the model in the layout it came from (with merged low-rank
// additions; not with FineTuneMethod::prompt, which leaves the model as it is), adapter/ for LoRA
// (PEFT) and prompt vectors, README.md (a model card), fine_tune.json and splits.jsonl
// (docs/formats/fine_tune.md), and training/, the folder of train(), with the weights of share 1,
// the log and the checkpoint. The start is never changed.
// A run that was killed and is started again with the same arguments writes the same bytes, except
// the seconds in training/train.jsonl and training/checkpoint.safetensors. A folder with the
// checkpoint or the result of other arguments is refused before anything in it is changed, unless
// `resume` is false.
// Throws Error: unsupported (no libtorch, a model that has no text and image tower), invalid_data,
// invalid_argument (a setting out of range, an output folder of another run), cancelled.
FineTuneResult fine_tune(const FineTuneOptions& options, const ProgressFn& progress = {});

}  // namespace sightline

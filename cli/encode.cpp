// sightline encode: images or texts to vectors in a .npy file.
#include <sightline/encode.h>
#include <sightline/error.h>
#include <sightline/index.h>
#include <sightline/vectors.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/path_id.h"
#include "base/stage.h"
#include "base/text.h"
#include "cache_options.h"
#include "command.h"
#include "console.h"
#include "data/no_image.h"
#include "dataset_options.h"
#include "encode.h"
#include "encode_shard.h"
#include "interruption.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "progress_line.h"
#include "read_lines.h"
#include "standard_streams.h"

namespace sightline::cli {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<fs::path> outputs_of(const EncodeFlags& options) {
  std::vector<fs::path> outputs = {options.out, ids_path(options.out),
                                   provenance_path(options.out)};
  if (options.quantize) outputs.push_back(VectorIndex::quantized_path(options.out));
  return outputs;
}

void refuse_inputs(const EncodeFlags& options, const fs::path& input) {
  for (const fs::path& output : outputs_of(options)) refuse_input(output, input);
  if (!options.ids.empty()) refuse_input(options.ids, input);
}

VectorSource source_of(const EncodeFlags& options) {
  VectorSource source;
  if (options.dataset.empty()) {  // as RowReader::of_files makes ids
    const bool one_folder =
        options.images.size() == 1 && fs::is_directory(file_status(options.images[0]));
    source.folder = one_folder ? fs::absolute(options.images[0]) : fs::current_path();
    return source;
  }
  DatasetInput& dataset = source.dataset;
  dataset.path = fs::absolute(locate_dataset(options.dataset, options.pull));
  dataset.options = options.dataset_options;
  if (!dataset.options.image_root.empty())
    dataset.options.image_root = fs::absolute(dataset.options.image_root);
  return source;
}

void add_quantized_vectors(const fs::path& npy) {
  VectorIndex index = VectorIndex::open_vectors(npy);
  index.add(ScanType::int8);
  index.save();
}

void show_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) warn(warning);
}

namespace {

constexpr int64_t kMaxIds = 16LL << 30;  // bytes of a file of ids

RowReader open_rows(const EncodeFlags& options) {
  if (!options.images.empty()) {
    RowReader rows = RowReader::of_files(options.images, options.dataset_options.folder);
    for (const fs::path& path : rows.files()) refuse_inputs(options, path);
    return rows;
  }
  const fs::path path = locate_dataset(options.dataset, options.pull);
  refuse_inputs(options, path);
  return RowReader(DatasetInput{path, options.dataset_options, {}});
}

// The result of a run, for the summary.
struct Result {
  ChosenModel chosen;
  WrittenVectors written;
  int64_t rows = 0;  // rows in the file

  std::string precision_choice() const { return chosen.choice ? chosen.choice->text() : ""; }
};

VectorSetWriter open_output(const EncodeFlags& options, const Model& model) {
  show_warnings(model.info().warnings);
  const bool texts = !options.texts.empty();
  VectorProvenance provenance = provenance_of(model, texts ? VectorKind::texts : VectorKind::images,
                                              options.encode.normalize);
  if (!texts) provenance.source = source_of(options);
  return VectorSetWriter(options.out, model.info().embedding_dim, std::move(provenance));
}

// Closes the output unless it is empty, so that an empty set never replaces an earlier one. Returns
// the number of rows.
int64_t close_output(VectorSetWriter& out) {
  if (out.rows() > 0) out.close();
  return out.rows();
}

Result encode_images(const EncodeFlags& options) {
  RowReader rows = [&] {
    const Stage stage(options.encode.progress, "listing the images");
    return open_rows(options);
  }();
  ModelOptions model_options = options.model_options;
  model_options.load_text_tower = false;
  Result result{load_encoder(options, model_options, rows), {}};
  const Model& model = result.chosen.model;
  model.preprocess();  // throws if the model has no image tower
  VectorSetWriter out = open_output(options, model);
  result.written = write_image_vectors(rows, model, options.encode, out);
  if (result.written.summary.rows == 0)
    throw_no_image(options.images.empty() ? fs::path(options.dataset) : options.images.front());
  show_warnings(result.written.summary.warnings);
  result.rows = close_output(out);
  return result;
}

Result encode_texts(const EncodeFlags& options) {
  const auto lines = read_lines(options.texts);
  if (lines.empty())
    throw Error(ErrorCode::not_found, "there is no text in ", input_name(options.texts));
  ModelOptions model_options = options.model_options;
  model_options.load_image_tower = false;
  Result result{load_encoder(options, model_options, lines), {}};
  const Model& model = result.chosen.model;
  model.tokenizer();  // throws if the model has no text tower
  VectorSetWriter out = open_output(options, model);
  result.written = write_text_vectors(lines, model, options.encode, out);
  show_warnings(result.written.summary.warnings);
  if (const int64_t truncated = result.written.truncated; truncated > 0) {
    const fs::path ids = options.to_stdout ? options.ids : ids_path(options.out);
    warn(message(counted(truncated, "text"), truncated == 1 ? " was" : " were", " truncated to ",
                 model.info().context_length, " tokens",
                 ids.empty() ? "" : "; see kept_text in " + ids.string()));
  }
  result.rows = close_output(out);
  return result;
}

void print_summary_json(const EncodeFlags& options, const Result& result) {
  const Model& model = result.chosen.model;
  const ModelInfo& info = model.info();
  const EncodeCounts& counts = result.written.summary.counts;
  const bool texts = !options.texts.empty();
  print_json({{"out", result.rows > 0 ? json(path_id(options.out)) : json(nullptr)},
              {"ids", result.rows > 0 ? json(path_id(ids_path(options.out))) : json(nullptr)},
              {"rows", result.rows},
              {"encoded", counts.encoded_images + counts.encoded_texts},
              {"cached", counts.cached_images + counts.cached_texts},
              {"repeated", result.written.summary.repeated},
              {"dim", info.embedding_dim},
              {"unit_length", options.encode.normalize},
              {"model", info.name},
              {"fingerprint", info.fingerprint},
              {"projection", text_or_null(info.projection)},
              {"seed", info.seed ? json(*info.seed) : json(nullptr)},
              {"preprocessing", texts ? json(nullptr) : json(model.preprocess().describe())},
              {"backend", backend_name(model.computation().backend)},
              {"device", device_name(model.computation().device)},
              {"precision", precision_name(model.computation().precision)},
              {"precision_choice", text_or_null(result.precision_choice())},
              {"skipped", skipped_json(result.written.skipped)}});
}

void print_summary(const EncodeFlags& options, const Result& result) {
  if (result.rows == 0) return;
  std::FILE* file = options.to_stdout ? stderr : stdout;
  const ModelInfo& info = result.chosen.model.info();
  std::fprintf(file, "%s: %s of %lld dimensions\n",
               options.to_stdout ? "standard output" : options.out.c_str(),
               counted(result.rows, "row").c_str(), static_cast<long long>(info.embedding_dim));
  if (const int64_t repeated = result.written.summary.repeated; repeated > 0) {
    std::fprintf(file, "%s; their captions belong to its first row\n",
                 counted(repeated, "row repeats an image", "rows repeat an image").c_str());
  }
  if (result.chosen.choice) std::fprintf(file, "precision %s\n", result.precision_choice().c_str());
  if (!options.texts.empty() && !info.projection.empty())
    std::fprintf(file, "%s\n", info.projection.c_str());
}

int run(EncodeFlags& options) {
  const int sources = !options.images.empty() + !options.dataset.empty() + !options.texts.empty();
  if (sources != 1) {
    throw Error(ErrorCode::invalid_argument,
                "encode requires exactly one of --images, --dataset and --texts");
  }
  if (options.shard) return encode_shard(options);
  if (options.force)
    throw Error(ErrorCode::invalid_argument,
                "--force applies to --shard; a vector set is replaced");
  const OutputFile output(options.out, "vectors.npy");
  options.to_stdout = output.standard();
  options.out = output.path();
  if (options.to_stdout && (options.quantize || options.as_json)) {
    throw Error(ErrorCode::invalid_argument,
                "--out - writes only the vectors to standard output: "
                "--quantize and --json need a file");
  }
  if (!options.to_stdout && !options.ids.empty()) {
    throw Error(ErrorCode::invalid_argument, "--ids requires --out -; otherwise the ids go to '",
                ids_path(options.out).string(), "'");
  }
  check_output_file(options.out, ".npy");
  for (const fs::path& file : outputs_of(options)) check_output_file(file);
  if (!options.ids.empty()) check_output_file(options.ids);
  options.images = with_listed_paths(std::move(options.images));
  if (options.quantize) VectorIndex::check_quantized_path(options.out);
  const bool texts = !options.texts.empty();
  if (texts) refuse_inputs(options, options.texts);
  options.encode.normalize = !options.raw;
  options.encode.cache = cache_root(options.cache);
  set_kept_when_interrupted(kept_in_cache(options.raw ? std::nullopt : options.encode.cache));
  options.encode.progress = console_progress(options.as_json);
  const Result result = texts ? encode_texts(options) : encode_images(options);
  report_skipped(result.written.skipped);
  if (result.rows > 0 && options.quantize) {
    const Stage stage(options.encode.progress, "quantizing to int8");
    add_quantized_vectors(options.out);
  }
  if (result.rows == 0) {
    warn("nothing was encoded, so " + (options.to_stdout
                                           ? "standard output is empty"
                                           : "'" + options.out.string() + "' was not written"));
  }
  if (result.rows > 0 && options.to_stdout) {
    if (!options.ids.empty())
      write_file_atomic(options.ids, read_text_file(ids_path(options.out), kMaxIds));
    output.publish();
  }
  if (options.as_json) {
    print_summary_json(options, result);
  } else {
    print_summary(options, result);
  }
  if (result.rows == 0) return kFailed;
  return result.written.skipped.empty() ? kDone : kSkipped;
}

}  // namespace

void add_encode(CLI::App& app, Action& action) {
  auto options = std::make_shared<EncodeFlags>();
  CLI::App* command = app.add_subcommand("encode", "Encode images or texts as vectors (.npy)");
  command->add_option("--model", options->model, kModelHelp)->type_name("MODEL")->required();
  command
      ->add_option("--images", options->images,
                   "Image files, or folders (read in path order); - reads a list of paths from "
                   "standard input, one per line")
      ->type_name("PATH");
  auto* dataset = command
                      ->add_option("--dataset", options->dataset,
                                   "Data set (path, or name on the Hub), instead of --images")
                      ->type_name("DATASET");
  add_split_option(*command, options->dataset_options.split, dataset);
  add_dataset_options(*command, options->dataset_options);
  for (const char* name :
       {"--image-column", "--text-column", "--images-root", "--format", "--keep-repeats"}) {
    command->get_option(name)->needs(dataset);
  }
  command->remove_option(command->get_option("--max-captions"));  // captions are not encoded
  auto* texts =
      command
          ->add_option("--texts", options->texts,
                       "Text file, one text per line, instead of images; - is standard input")
          ->type_name("FILE");
  command
      ->add_option("--out", options->out,
                   "Output NAME.npy, (N, D) float32, with row ids in NAME.ids.jsonl; - writes the "
                   ".npy file to standard output")
      ->type_name("FILE.npy")
      ->required();
  command
      ->add_option("--ids", options->ids,
                   "With --out -: write the row ids to this file (JSON lines)")
      ->type_name("FILE");
  add_pull_flag(*command, options->pull);
  command
      ->add_option_function<std::string>(
          "--shard", [options](const std::string& text) { options->shard = parse_shard(text); },
          "Encode only part I of N of the rows, I from 0 to N-1, to NAME.0000I-of-0000N.npy; see "
          "'sightline merge'. A finished shard is verified and left")
      ->type_name("I/N");
  command->add_flag("--force", options->force, "With --shard: write a finished shard again");
  command->add_flag("--quantize", options->quantize,
                    "Also quantize the vectors, as 'sightline quantize' does");
  command->add_flag("--raw", options->raw, "Do not normalize the vectors; disables the cache");
  ModelOptions& settings = options->model_options;
  add_backend_options(*command, settings.backend, settings.device);
  add_precision_option(*command, settings.precision, "inputs");
  add_image_options(*command, settings);
  add_batch_size_option(*command, options->encode.batch_size);
  add_cache_options(*command, options->cache);
  for (const char* name : {"--orientation", "--decode", "--resize", "--batch-size", "--exclude",
                           "--include-hidden", "--keep-repeats"})
    texts->excludes(command->get_option(name));
  command->add_flag("--json", options->as_json, "Print the summary as JSON");
  command->group("Search");
  command->footer(
      "Examples:\n"
      "  sightline encode --model models/emoji-vit-8 --images build/emoji --out build/emoji.npy\n"
      "  find build/emoji -name '*.png' |\n"
      "    sightline encode --model models/emoji-vit-8 --images - --out - > build/listed.npy");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

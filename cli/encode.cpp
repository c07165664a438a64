// sightline encode: images or texts to vectors in a .npy file.
#include <sightline/dataset.h>
#include <sightline/encoder.h>
#include <sightline/error.h>
#include <sightline/index.h>
#include <sightline/precision.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/npy.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "data/readers/folder_walk.h"
#include "dataset_options.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "vector_files.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Options {
  std::string model, dataset;
  fs::path texts, out;
  std::vector<fs::path> images;
  DatasetOptions dataset_options;
  ModelOptions model_options;
  int64_t batch_size = 32;
  bool raw = false, pull = false, index = false;
  bool as_json = false;
};

// A file's vectors and, line by line beside them, what each row is.
class VectorFile {
 public:
  VectorFile(const fs::path& path, int64_t dim) : rows_(path, dim), npy_(path) {}

  void add(std::span<const float> vector, json about) {
    about["row"] = rows_.rows();
    about["check"] = vector_check(vector);
    if (rows_.rows() == 0) first_check_ = about["check"];
    rows_.append(vector);
    ids_ += json_text(about) + "\n";
  }

  int64_t rows() const { return rows_.rows(); }

  int64_t close(VectorOrigin origin) {
    origin.rows = rows_.rows();
    origin.first_check = first_check_;
    write_file_atomic(ids_path(npy_), ids_);
    write_origin(npy_, origin);
    rows_.close();
    return rows_.rows();
  }

 private:
  NpyRowWriter rows_;
  fs::path npy_;
  std::string ids_, first_check_;
};

std::vector<fs::path> outputs_of(const Options& options) {
  std::vector<fs::path> outputs = {options.out, ids_path(options.out), meta_path(options.out)};
  if (options.index) outputs.push_back(VectorIndex::quantized_path(options.out));
  return outputs;
}

void refuse_inputs(const Options& options, const fs::path& input) {
  for (const fs::path& output : outputs_of(options)) refuse_input(output, input);
}

// Rows of a stream, and how many there will be (-1: unknown).
struct RowStream {
  std::function<std::optional<Row>()> next;
  int64_t size = -1;
};

RowStream dataset_rows(const Options& options) {
  const fs::path path = locate_dataset(options.dataset, options.pull);
  refuse_inputs(options, path);
  std::shared_ptr<Dataset> dataset = open_dataset(path, options.dataset_options);
  return {[dataset] { return dataset->next(); }, dataset->size()};
}

// The files of --images, folders taken whole in path order, each read when its turn comes.
RowStream file_rows(const Options& options) {
  struct File {
    fs::path path;
    std::optional<std::string> problem;
  };
  auto files = std::make_shared<std::vector<File>>();
  for (const auto& path : options.images) {
    if (!fs::exists(path)) {
      throw Error(ErrorCode::not_found, "there is no image or folder '", path.string(), "'");
    }
    if (!fs::is_directory(path)) {
      files->push_back({path, std::nullopt});
      continue;
    }
    const size_t before = files->size();
    FolderWalk walk(path);
    while (auto found = walk.next())
      files->push_back({path / found->path, std::move(found->problem)});
    if (files->size() == before) warn("no image in '" + path.string() + "'");
  }
  for (const File& file : *files) refuse_inputs(options, file.path);
  auto at = std::make_shared<size_t>(0);
  const auto next = [files, at]() -> std::optional<Row> {
    if (*at == files->size()) return std::nullopt;
    const File& file = (*files)[(*at)++];
    Row row;
    row.id = file.path.string();
    row.error = file.problem;
    if (row.error) return row;
    try {
      row.image = read_file(file.path, ImageLimits{}.max_bytes);
    } catch (const Error& error) {
      row.error = error.what();
    }
    return row;
  };
  return {next, static_cast<int64_t>(files->size())};
}

void encode_image_rows(const Model& model, const Options& options, RowStream stream,
                       VectorFile& out, std::vector<SkippedRow>& skipped) {
  const Encoder encoder(
      model, {.batch_size = options.batch_size, .normalize = !options.raw, .limits = {}});
  const auto source = [&stream]() -> std::optional<StreamImage> {
    auto row = stream.next();
    if (!row) return std::nullopt;
    return StreamImage{std::move(row->id), std::move(row->image), std::move(row->error)};
  };
  const auto sink = [&](const StreamImage& image, std::span<const float> vector) {
    if (image.error) {
      skipped.push_back({image.id, *image.error});
    } else {
      out.add(vector, {{"id", image.id}});
    }
  };
  const int64_t done =
      encoder.encode_stream(source, sink, stream.size, console_progress(options.as_json));
  if (done == 0 && options.images.empty()) warn("no image in '" + options.dataset + "'");
}

void encode_text_lines(const Model& model, const Options& options, VectorFile& out) {
  const auto lines = split_lines(read_text_file(options.texts));
  if (lines.empty()) warn("no text in '" + options.texts.string() + "'");
  const Encoder encoder(model, {.normalize = !options.raw, .limits = {}});
  const EncodedTexts encoded = encoder.encode_texts(lines, console_progress(options.as_json));
  int64_t cut = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    json about = {{"id", "line-" + std::to_string(i + 1)}, {"text", lines[i]}};
    if (encoded.tokens[i].truncated) {
      about["kept_text"] = encoded.tokens[i].kept_text;
      ++cut;
    }
    out.add(encoded.vectors.row(static_cast<int64_t>(i)), std::move(about));
  }
  if (cut > 0) {
    warn(std::to_string(cut) + " text" + (cut == 1 ? " was" : "s were") + " cut to " +
         std::to_string(model.info().context_length) + " tokens; kept_text in " +
         ids_path(options.out).string() + " says where");
  }
}

VectorOrigin origin_of(const Model& model, const Options& options, bool texts) {
  const ModelInfo& info = model.info();
  VectorOrigin origin;
  origin.model = info.name;
  origin.fingerprint = info.fingerprint;
  origin.kind = texts ? "texts" : "images";
  if (!texts) origin.preprocessing = model.preprocess().describe();
  if (texts) origin.projection = info.projection;
  origin.computation = model.computation();
  origin.unit_length = !options.raw;
  origin.dim = info.embedding_dim;
  return origin;
}

void add_quantized_vectors(const fs::path& npy) {
  VectorIndex index = VectorIndex::open_vectors(npy);
  index.add(ScanType::int8);
  index.save();
}

// "auto" becomes a precision, by the first rows of what will be encoded. They go back to the head
// of the stream, so that nothing is read twice.
PrecisionChoice choose_by_images(const fs::path& path, const ModelOptions& model,
                                 RowStream& stream) {
  auto seen = std::make_shared<std::deque<Row>>();
  std::vector<ImageInput> images;
  // Nor are rows that fail, one after the other, all kept before an image comes.
  constexpr size_t kMostSeen = 8 * kCalibrationItems;
  while (images.size() < kCalibrationItems && seen->size() < kMostSeen) {
    auto row = stream.next();
    if (!row) break;
    seen->push_back(std::move(*row));
    if (!seen->back().error) images.push_back({seen->back().id, seen->back().image});
  }
  stream.next = [seen, rest = std::move(stream.next)]() -> std::optional<Row> {
    if (seen->empty()) return rest();
    Row row = std::move(seen->front());
    seen->pop_front();
    return row;
  };
  return choose_precision(path, model, images, {});
}

PrecisionChoice choose_by_texts(const fs::path& path, const ModelOptions& model,
                                const fs::path& file) {
  std::vector<std::string> texts = split_lines(read_text_file(file));
  if (texts.size() > kCalibrationItems) texts.resize(kCalibrationItems);
  return choose_precision(path, model, {}, texts);
}

int run(Options& options) {
  const int sources = !options.images.empty() + !options.dataset.empty() + !options.texts.empty();
  if (sources != 1) {
    throw Error(ErrorCode::invalid_argument,
                "encode needs exactly one of --images, --dataset and --texts");
  }
  if (options.index) VectorIndex::check_quantized_path(options.out);
  const bool texts = !options.texts.empty();
  if (texts) refuse_inputs(options, options.texts);
  RowStream stream;
  if (!texts) stream = options.images.empty() ? dataset_rows(options) : file_rows(options);
  ModelOptions& model_options = options.model_options;
  model_options.load_image_tower = !texts;
  model_options.load_text_tower = texts;
  const fs::path path = locate_model(options.model, options.pull);
  std::string choice;
  if (!model_options.precision) {
    const PrecisionChoice chosen = texts ? choose_by_texts(path, model_options, options.texts)
                                         : choose_by_images(path, model_options, stream);
    model_options.precision = chosen.precision;
    choice = chosen.text();
  }
  const Model model = Model::load(path, model_options);
  // Says in one sentence where a model of one tower is given what it has no tower for.
  if (texts) {
    model.tokenizer();
  } else {
    model.preprocess();
  }
  for (const std::string& warning : model.info().warnings) warn(warning);
  for (const fs::path& output : outputs_of(options)) prepare_output(output);
  VectorFile out(options.out, model.info().embedding_dim);
  std::vector<SkippedRow> skipped;
  if (texts) {
    encode_text_lines(model, options, out);
  } else {
    encode_image_rows(model, options, std::move(stream), out, skipped);
  }
  // Good vectors of an earlier run are not replaced by none.
  const int64_t rows = out.rows() > 0 ? out.close(origin_of(model, options, texts)) : 0;
  report_skipped(skipped);
  if (rows > 0 && options.index) add_quantized_vectors(options.out);
  if (rows == 0) warn("nothing was encoded, so '" + options.out.string() + "' is not written");
  if (options.as_json) {
    json listed = json::array();
    for (const auto& item : skipped) listed.push_back({{"id", item.id}, {"reason", item.reason}});
    const json summary = {
        {"out", rows > 0 ? json(options.out.string()) : json(nullptr)},
        {"ids", rows > 0 ? json(ids_path(options.out).string()) : json(nullptr)},
        {"rows", rows},
        {"dim", model.info().embedding_dim},
        {"unit_length", !options.raw},
        {"model", model.info().name},
        {"fingerprint", model.info().fingerprint},
        {"projection",
         model.info().projection.empty() ? json(nullptr) : json(model.info().projection)},
        {"seed", model.info().seed ? json(*model.info().seed) : json(nullptr)},
        {"preprocessing", texts ? json(nullptr) : json(model.preprocess().describe())},
        {"backend", backend_name(model.computation().backend)},
        {"device", device_name(model.computation().device)},
        {"precision", precision_name(model.computation().precision)},
        {"precision_choice", choice.empty() ? json(nullptr) : json(choice)},
        {"skipped", listed}};
    print_json(summary);
  } else if (rows > 0) {
    std::printf("%s: %lld rows of %lld numbers\n", options.out.c_str(),
                static_cast<long long>(rows), static_cast<long long>(model.info().embedding_dim));
    if (!choice.empty()) std::printf("precision %s\n", choice.c_str());
    if (texts && !model.info().projection.empty())
      std::printf("%s\n", model.info().projection.c_str());
  }
  if (!skipped.empty()) return kSkipped;
  return rows > 0 ? kDone : kFailed;
}

}  // namespace

void add_encode(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("encode", "Turn images or texts into vectors (.npy)");
  command->add_option("--model", options->model, kModelForms)->required();
  command->add_option("--images", options->images, "Images, or folders of them (in path order)");
  auto* dataset = command->add_option("--dataset", options->dataset,
                                      "Data set or its name, instead of --images");
  command->add_option("--split", options->dataset_options.split, "Split of the data set")
      ->needs(dataset);
  add_dataset_options(*command, options->dataset_options);
  for (const char* name : {"--image-column", "--text-column", "--images-root", "--format"}) {
    command->get_option(name)->needs(dataset);
  }
  command->remove_option(command->get_option("--max-captions"));  // captions are not encoded
  auto* texts = command->add_option("--texts", options->texts,
                                    "Text file, one text a line, instead of images");
  command
      ->add_option(
          "--out", options->out,
          "Where the (N, D) float32 array goes; what each row is goes beside it, in .ids.jsonl")
      ->required();
  add_pull_flag(*command, options->pull);
  command->add_flag("--index", options->index,
                    "Also what 'sightline index' makes, for faster queries");
  command->add_flag("--raw", options->raw, "As the tower gives them, not of unit length");
  ModelOptions& settings = options->model_options;
  add_backend_options(*command, settings.backend, settings.device);
  add_precision_option(*command, settings.precision, "inputs");
  add_image_options(*command, settings.orientation, settings.decode);
  add_batch_size_option(*command, options->batch_size);
  for (const char* name : {"--orientation", "--decode", "--batch-size"})
    texts->excludes(command->get_option(name));
  command->add_flag("--json", options->as_json, "Print the summary as JSON");
  command->footer(
      "Example: sightline encode --model models/emoji-vit-8 --images photos/ --out photos.npy");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

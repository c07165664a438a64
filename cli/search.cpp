// sightline search: the images of data sets or a vector set that are nearest to queries.
#include <sightline/error.h>
#include <sightline/library.h>
#include <sightline/report.h>
#include <sightline/search.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>

#include "base/file.h"
#include "base/path_id.h"
#include "base/stage.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "data/no_image.h"
#include "data/unread_tables.h"
#include "encode/dual_encoder.h"
#include "evaluation_options.h"
#include "hits.h"
#include "library_options.h"
#include "locate.h"
#include "model_options.h"
#include "output.h"
#include "preview.h"
#include "progress_line.h"
#include "read_lines.h"
#include "standard_streams.h"

namespace sightline::cli {
namespace {

constexpr int64_t kMaxVectorBytes = 1LL << 30;  // of query vectors on standard input

struct Options {
  EvaluationInput input;
  EvaluationFlags flags;
  std::string model, scan = "auto", format = "table";
  std::filesystem::path vectors, library, grid, queries;
  std::vector<std::string> texts, templates;
  bool literal = false;         // texts are no queries of the language
  std::vector<Query> of_texts;  // one per text
  std::vector<std::filesystem::path> images;
  std::vector<std::string> query_vectors;
  int top_k = 5;
  int64_t offset = 0;
  std::optional<double> min_similarity;
  bool judge = false, no_judge = false;
  bool group = false;
  std::string diverse;  // empty: not
  std::string preview;  // empty: none; "auto", or the name of graphics
  double fdr = SignificanceOptions{}.fdr;

  bool has_term(QueryType type) const {
    return std::ranges::any_of(of_texts, [type](const Query& query) {
      return std::ranges::find(query.terms, type, &QueryTerm::type) != query.terms.end();
    });
  }
  bool has_text() const { return has_term(QueryType::text); }
  bool has_image() const { return !images.empty() || has_term(QueryType::image); }
};

// The collection to search, and the model that encodes queries; without --model none.
struct Opened {
  std::optional<Library> library;  // only of a library
  std::optional<Model> model;
  std::shared_ptr<const Collection> collection;
};

ScanType scan_type(const std::string& scan) {
  for (const ScanType type : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
    if (scan == scan_type_name(type)) return type;
  }
  return ScanType::best;
}

Model load_query_model(const Options& options, const std::string& spec, ModelOptions settings) {
  settings.load_image_tower = options.has_image();
  settings.load_text_tower = options.has_text();
  settings.digest_cache = cache_root(options.flags.cache).value_or("");
  const std::string path = locate_model(spec, options.flags.pull);
  const Stage stage(options.input.encode.progress, "loading " + path);
  return Model::load(path, settings);
}

Opened open_vectors(const Options& options) {
  std::unique_ptr<Collection> collection;
  {
    const Stage stage(options.input.encode.progress, "reading the vectors");
    collection = open_vector_collection(options.vectors);
  }
  const auto& provenance = collection->provenance();
  if (!options.grid.empty() && provenance && provenance->kind == VectorKind::texts) {
    throw Error(ErrorCode::invalid_argument, "--grid draws images, but '", options.vectors.string(),
                "' has vectors of texts");
  }
  if (options.model.empty()) return {std::nullopt, std::nullopt, std::move(collection)};
  Model model = load_query_model(options, options.model,
                                 query_model_options(*collection, options.input.model));
  return {std::nullopt, std::move(model), std::move(collection)};
}

bool has_model(const Library& library, const std::string& name) {
  try {
    library.model(name);
    return true;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found || name.empty()) throw;
    return false;
  }
}

// Of a library, --model names one of its models, or a copy of one that is elsewhere; without it,
// the active one is used.
Opened open_library(const Options& options) {
  Library library(library_folder(options.library));
  const bool encodes = options.has_text() || options.has_image();
  if (!options.model.empty() && encodes && !has_model(library, options.model)) {
    ModelOptions settings = options.input.model;
    if (!settings.precision) settings.precision = Precision::fp32;
    const std::string fingerprint =
        load_query_model(options, options.model, settings).info().fingerprint;
    auto collection = library.collection(fingerprint);
    Model model = load_query_model(options, options.model,
                                   query_model_options(*collection, options.input.model));
    return {std::move(library), std::move(model), std::move(collection)};
  }
  auto collection = library.collection(options.model);
  if (!encodes) return {std::move(library), std::nullopt, std::move(collection)};
  Model model = load_query_model(options, library.model(options.model).spec,
                                 query_model_options(*collection, options.input.model));
  return {std::move(library), std::move(model), std::move(collection)};
}

// The model is loaded for the first data set, on which a precision of `auto` is chosen.
Opened open_dataset_images(Options& options, const std::vector<DatasetInput>& inputs) {
  ModelOptions settings = options.input.model;
  settings.load_text_tower = options.has_text();
  const ProgressFn& progress = options.input.encode.progress;
  std::vector<RowReader> rows;
  for (const DatasetInput& input : inputs) {
    const Stage stage(progress, "listing the images");
    rows.emplace_back(input);
  }
  const std::string path = locate_model(options.model, options.flags.pull);
  ChosenModel chosen = [&] {
    const Stage stage(progress, "loading " + path);
    return load_model(path, settings, rows.front());
  }();
  if (options.has_text()) require_both_towers(chosen.model.info(), path);
  const EncodeOptions& encode = options.input.encode;
  std::vector<EncodedDataset> encoded;
  for (size_t d = 0; d < inputs.size(); ++d) {
    encoded.push_back(encode_dataset(rows[d], inputs[d], chosen.model, encode,
                                     d == 0 && chosen.choice ? chosen.choice->text() : ""));
  }
  return {std::nullopt, std::move(chosen.model), dataset_collection(std::move(encoded))};
}

void write_grid(const SearchResult& result, const Collection& collection,
                const std::filesystem::path& file) {
  std::vector<std::string> warnings;
  const std::vector<uint8_t> png = render_search_grid(result, collection, warnings);
  if (std::string fonts = missing_fonts_warning(result); !fonts.empty())
    warnings.push_back(std::move(fonts));
  for (const std::string& warning : warnings) warn(warning);
  write_file_atomic(file, std::span<const uint8_t>(png));
}

Query stdin_image() {
  const std::string bytes = read_stdin(ImageLimits{}.max_bytes);
  return image_query("standard input", {bytes.begin(), bytes.end()});
}

// A file or folder after the options is easily meant as a further data set or a query image.
void warn_of_path(const std::string& text) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(text, error);
  if (!std::filesystem::exists(status)) return;
  const bool folder = std::filesystem::is_directory(status);
  warn("'" + text + "' is searched for as words, although there is a " +
       (folder ? "folder of that name; to search in it, use --dataset"
               : "file of that name; to search for an image, use --image"));
}

// Queries in the order of the documentation: texts, images, vectors.
std::vector<Query> all_queries(const Options& options, const Collection& collection) {
  std::vector<Query> queries;
  std::vector<std::string> warnings;
  for (const Query& query : options.of_texts) {
    queries.push_back(query);
    read_query_images(queries.back());
  }
  for (const auto& image : options.images)
    queries.push_back(is_standard(image) ? stdin_image() : image_query(image));
  for (const std::string& source : options.query_vectors) {
    std::vector<Query> read;
    if (source == "-") {
      read =
          parse_vector_queries(read_stdin(kMaxVectorBytes), "standard input", collection, warnings);
    } else {
      read = read_vector_queries(source, collection, warnings);
    }
    std::ranges::move(read, std::back_inserter(queries));
  }
  for (const std::string& warning : warnings) warn(warning);
  return queries;
}

// The message of an error names the query if there are several.
Query parse_text(const std::string& text, const Options& options) {
  try {
    return parse_query(text);
  } catch (const Error& error) {
    if (options.texts.size() == 1) throw;
    throw Error(error.code(), "'", heading(text), "': ", error.what());
  }
}

void check_options(const Options& options) {
  const bool dataset = !options.flags.datasets.empty() &&
                       std::ranges::none_of(options.flags.datasets, &std::filesystem::path::empty);
  if (dataset ? !options.vectors.empty() : !options.flags.datasets.empty())
    throw Error(ErrorCode::invalid_argument, "search requires either --dataset or --vectors");
  if (options.texts.empty() && options.images.empty() && options.query_vectors.empty()) {
    throw Error(ErrorCode::invalid_argument,
                "search requires a text, --queries, --image or --vector as a query");
  }
  const bool encoded = options.has_text() || options.has_image();
  const bool library = !dataset && options.vectors.empty();
  if (options.model.empty() && !library && (encoded || dataset)) {
    throw Error(ErrorCode::invalid_argument,
                encoded ? "a text or an image as a query" : "--dataset",
                " requires --model, which encodes it");
  }
}

void refuse_empty(const Collection& collection) {
  if (collection.type() != CollectionType::dataset)
    throw Error(ErrorCode::not_found, "there is no vector in ", quoted(collection.path()));
  const auto& encoding = collection.encoding();
  if (encoding && !encoding->skipped.empty()) {
    report_skipped(encoding->skipped);
    throw Error(ErrorCode::not_found, "no image of ", quoted(collection.path()),
                " can be searched");
  }
  throw_no_image(collection.path(),
                 collection.parts().empty() ? advice_on_tables(collection.path()) : "");
}

// The grid must not replace a query image, nor be in a folder that is searched.
void check_grid(const Options& options) {
  check_output_file(options.grid, ".png");
  for (const auto& image : options.images)
    if (!is_standard(image)) refuse_input(options.grid, image, "--grid");
  for (const Query& query : options.of_texts) {
    for (const QueryTerm& term : query.terms) {
      if (term.type == QueryType::image)
        refuse_input(options.grid, path_of_id(term.name), "--grid");
    }
  }
  for (const auto& dataset : options.flags.datasets) refuse_inside(options.grid, dataset);
}

// Nor may it replace one of the images whose vectors are searched.
void check_grid(const Options& options, const Collection& collection) {
  const auto& provenance = collection.provenance();
  std::error_code error;
  if (!provenance || !provenance->source || !std::filesystem::exists(options.grid, error)) return;
  const VectorSource& source = *provenance->source;
  if (!source.dataset.path.empty()) refuse_inside(options.grid, source.dataset.path);
  if (!source.folder.empty()) refuse_inside(options.grid, source.folder);
}

// Standard input can be read once.
void check_stdin(const Options& options) {
  const auto vectors = std::ranges::count(options.query_vectors, "-");
  const auto images = std::ranges::count_if(options.images, is_standard);
  const auto queries = is_standard(options.queries) ? 1 : 0;
  if (vectors + images + queries > 1) {
    throw Error(ErrorCode::invalid_argument,
                "'-' is given for several inputs, but standard input can be read only once");
  }
}

// By default, hits of libraries are judged.
std::optional<NullModel> null_model_of(const Options& options, const Opened& opened) {
  const bool judge = options.judge || (opened.library && !options.no_judge);
  if (!judge || !options.has_text() || !opened.model) return std::nullopt;
  const Stage stage(options.input.encode.progress, "estimating what similarities occur by chance");
  if (!opened.library)
    return estimate_null_model(*opened.collection, *opened.model, options.templates);
  return library_null_model(*opened.library, *opened.collection, *opened.model, options.templates,
                            cache_root(options.flags.cache));
}

int run(Options& options) {
  check_stdin(options);
  for (const std::string& text : options.texts) warn_of_path(text);
  if (!options.queries.empty())
    std::ranges::move(read_queries(options.queries), std::back_inserter(options.texts));
  for (const std::string& text : options.texts)
    options.of_texts.push_back(options.literal ? text_query(text) : parse_text(text, options));
  check_options(options);
  const OutputFile grid(options.grid, "grid.png");
  options.grid = grid.path();
  const bool paths = options.format != "table";
  if (grid.standard() && (options.flags.as_json || paths)) {
    throw Error(ErrorCode::invalid_argument, "--grid - and ", paths ? "--format " : "--json",
                paths ? options.format : "",
                " both write to standard output: name a file for the grid");
  }
  if (!options.preview.empty() && (paths || grid.standard())) {
    throw Error(ErrorCode::invalid_argument,
                "--preview is part of the table on standard output: ", "it cannot be given with ",
                paths ? "--format " + options.format : "--grid -");
  }
  if (!options.grid.empty() && !grid.standard()) check_grid(options);
  if (!options.grid.empty())
    check_grid_size(static_cast<int64_t>(options.texts.size() + options.images.size()), 1);
  const ProgressFn progress = console_progress(options.flags.as_json);
  options.input.encode.progress = progress;
  const Opened opened =
      !options.vectors.empty() ? open_vectors(options)
      : options.flags.datasets.empty()
          ? open_library(options)
          : open_dataset_images(options, complete_inputs(options.input, options.flags));
  if (opened.model) {
    for (const std::string& warning : opened.model->info().warnings) warn(warning);
  }
  if (opened.collection->vectors().live_rows() == 0) refuse_empty(*opened.collection);
  if (!options.grid.empty() && !grid.standard()) check_grid(options, *opened.collection);
  const std::vector<Query> queries = all_queries(options, *opened.collection);
  if (!options.grid.empty()) {
    check_grid_size(static_cast<int64_t>(queries.size()),
                    std::min<int64_t>(options.top_k, opened.collection->vectors().rows()));
  }
  CollectionSearchOptions search = {.k = options.top_k,
                                    .scan = scan_type(options.scan),
                                    .offset = options.offset,
                                    .templates = options.templates};
  if (options.min_similarity) search.min_similarity = *options.min_similarity;
  const std::optional<NullModel> null_model = null_model_of(options, opened);
  if (null_model) search.null_model = &*null_model;
  search.significance.fdr = options.fdr;
  if (options.group) search.group = NearDuplicateOptions{};
  if (!options.diverse.empty()) search.diversity = std::stod(options.diverse);
  const SearchResult result = [&] {
    const Stage stage(progress, "searching");
    return opened.model ? search_collection(*opened.collection, *opened.model, queries, search)
                        : search_collection(*opened.collection, queries, search);
  }();
  for (const std::string& warning : result.warnings) warn(warning);
  if (options.flags.as_json) {
    std::printf("%s\n", search_json(result).c_str());
  } else if (paths) {
    print_paths(result, *opened.collection, options.format == "paths0" ? '\0' : '\n');
  } else {
    print_hits(result, previews(result, *opened.collection, options.preview),
               grid.standard() ? stderr : stdout);
  }
  if (!options.grid.empty()) {
    const Stage stage(progress, "drawing the grid");
    write_grid(result, *opened.collection, options.grid);
  }
  grid.publish();
  if (!result.encoding || result.encoding->skipped.empty()) return kDone;
  report_skipped(result.encoding->skipped);
  return kSkipped;
}

void add_query_options(CLI::App& command, Options& options) {
  command
      .add_option("--model", options.model,
                  std::string(kModelHelp) + "; not needed if all queries are vectors")
      ->type_name("MODEL");
  command.add_option("--top-k", options.top_k, "Hits per query")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--offset", options.offset, "Leave out the first N hits of each query")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--min-similarity", options.min_similarity,
                     "Leave out hits whose cosine similarity is smaller");
  command.add_option("--image", options.images, "Query image; - is standard input; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      .add_option("--vector", options.query_vectors,
                  "Query vectors: FILE.npy, FILE.npy#ROW, a text file of numbers, or - for either "
                  "on standard input; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      .add_option("--grid", options.grid,
                  "Also draw the images of the hits into this PNG file; - is standard output")
      ->type_name("FILE.png")
      ->check([](const std::string& name) {
        return name.ends_with(".png") || name == "-"
                   ? ""
                   : "'" + name + "' does not end in .png; the grid is a PNG image";
      });
  command.add_option("TEXT", options.texts,
                     "Queries, such as 'two dogs', 'beach -people', '\"red car\" + snow' or "
                     "'cat in:2019/ size:>2mb' (docs/query_language.md)");
  command
      .add_option("--queries", options.queries,
                  "File of queries, one per line; - is standard input")
      ->type_name("FILE");
  command.add_flag("--literal", options.literal,
                   "Search for the texts as they are, without operators and filters");
  command
      .add_option("--template", options.templates,
                  "Encode texts in this text, in which {} stands for them, such as 'a photo of a "
                  "{}'; of several, the mean of their vectors; repeatable")
      ->type_name("TEXT")
      ->allow_extra_args(false);
}

// --format named the format of a data set before.
std::string check_format(const std::string& name) {
  if (name == "table" || name == "paths" || name == "paths0") return "";
  const std::vector<std::string> formats = dataset_formats();
  if (std::ranges::find(formats, name) != formats.end())
    return "'" + name + "' is the format of a data set: use --dataset-format";
  return "expected table, paths or paths0, found '" + name + "'";
}

std::string check_diversity(const std::string& text) {
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc() && end == text.data() + text.size();
  return number && value >= 0 && value < 1
             ? ""
             : "expected a number of at least 0 and less than 1, found '" + text + "'";
}

std::string check_preview(const std::string& kind) {
  for (const char* known : {"auto", "kitty", "iterm2", "sixel", "blocks"})
    if (kind == known) return "";
  return "expected kitty, iterm2, sixel or blocks, found '" + kind + "'";
}

// Options that arrange and draw the hits. Those with an optional value are flags, so that a query
// that follows is not read as the value.
void add_arranging_options(CLI::App& command, Options& options) {
  command.add_flag("--group", options.group,
                   "Fold near-duplicates of a better hit, such as smaller or cropped copies, under "
                   "it: '+3 similar'");
  command
      .add_flag("--diverse{0.2}", options.diverse,
                "Prefer hits that are unlike the hits before; --diverse=X for another weight than "
                "0.2, at least 0 and less than 1")
      ->check(check_diversity);
  command
      .add_flag("--preview{auto}", options.preview,
                "Draw the hits in the terminal; --preview=KIND with kitty, iterm2, sixel or blocks "
                "if it is not detected, or for a file")
      ->check(check_preview)
      ->excludes(command.get_option("--json"));
}

void add_format_options(CLI::App& command, Options& options) {
  command.remove_option(command.get_option("--format"));
  command
      .add_option(
          "--format", options.format,
          "Output: table, paths (one file per line), or paths0 (files with a NUL byte after "
          "each, for xargs -0)")
      ->type_name("FORMAT")
      ->check(check_format)
      ->excludes(command.get_option("--json"))
      ->capture_default_str();
  command
      .add_option("--dataset-format", options.input.dataset.options.format,
                  "Format of the data set (default: detected)")
      ->check(CLI::IsMember(dataset_formats()));
}

}  // namespace

void add_search(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "search", "Find the images of data sets or a vector set nearest to texts and images");
  add_query_options(*command, *options);
  add_evaluation_options(*command, options->input, options->flags);
  add_format_options(*command, *options);
  add_arranging_options(*command, *options);
  add_precision_option(*command, options->input.model.precision);
  CLI::Option* dataset = command->get_option("--dataset");
  auto* vectors =
      command
          ->add_option("--vectors", options->vectors,
                       "Vectors to search, instead of --dataset: a .npy file, a folder of numbered "
                       ".npy files, or clip-retrieval's output folder")
          ->type_name("PATH")
          ->excludes(dataset);
  // Options of reading and encoding images.
  for (const char* name : {"--split", "--image-column", "--text-column", "--images-root",
                           "--dataset-format", "--max-captions", "--exclude", "--include-hidden",
                           "--keep-repeats", "--orientation", "--decode", "--batch-size"}) {
    vectors->excludes(command->get_option(name));
  }
  command
      ->add_option("--search", options->scan,
                   "Vectors that the first pass scans; does not change the hits")
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "int8"}))
      ->needs(vectors)
      ->capture_default_str();
  add_library_option(*command, options->library)->excludes(dataset)->excludes(vectors);
  auto* judge = command->add_flag(
      "--judge", options->judge,
      "Tell which hits of texts are matches, and whether there is any; the default for libraries");
  command->add_flag("--no-judge", options->no_judge, "Do not")->excludes(judge);
  command
      ->add_option("--fdr", options->fdr, "Share of wrong hits among those that are called matches")
      ->check(CLI::Range(0.0001, 0.5))
      ->capture_default_str();
  command->group("Search");
  command->footer(
      "Examples:\n"
      "  sightline search --dataset build/emoji --model models/emoji-vit-8 --grid build/hearts.png "
      "\\\n"
      "    'a red heart' 'a cat that laughs'\n"
      "  sightline search --dataset build/emoji --model models/emoji-vit-8 'heart -red' 'moon*2 "
      "cat'\n"
      "  printf 'a red heart\\na cat\\n' |\n"
      "    sightline search --dataset build/emoji --model models/emoji-vit-8 --queries -");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

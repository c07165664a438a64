// sightline search: the images of a library, data sets or a vector set that are nearest to queries.
#include <sightline/error.h>
#include <sightline/feedback.h>
#include <sightline/report.h>
#include <sightline/search.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>

#include "base/file.h"
#include "base/path_id.h"
#include "base/stage.h"
#include "base/text.h"
#include "command.h"
#include "configuration.h"
#include "console.h"
#include "data/no_image.h"
#include "data/unread_tables.h"
#include "hits.h"
#include "open_collection.h"
#include "output.h"
#include "preview.h"
#include "progress_line.h"
#include "read_lines.h"
#include "search_flags.h"
#include "standard_streams.h"

namespace sightline::cli {
namespace {

constexpr int64_t kMaxVectorBytes = 1LL << 30;  // of query vectors on standard input

ScanType scan_type(const std::string& scan) {
  for (const ScanType type : {ScanType::fp32, ScanType::bf16, ScanType::int8}) {
    if (scan == scan_type_name(type)) return type;
  }
  return ScanType::best;
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
std::vector<Query> all_queries(const SearchFlags& options, const Collection& collection) {
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
Query parse_text(const std::string& text, const SearchFlags& options) {
  try {
    return parse_query(text);
  } catch (const Error& error) {
    if (options.texts.size() == 1) throw;
    throw Error(error.code(), "'", heading(text), "': ", error.what());
  }
}

void check_options(const SearchFlags& options) {
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
void check_grid(const SearchFlags& options) {
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
void check_grid(const SearchFlags& options, const Collection& collection) {
  const auto& provenance = collection.provenance();
  std::error_code error;
  if (!provenance || !provenance->source || !std::filesystem::exists(options.grid, error)) return;
  const VectorSource& source = *provenance->source;
  if (!source.dataset.path.empty()) refuse_inside(options.grid, source.dataset.path);
  if (!source.folder.empty()) refuse_inside(options.grid, source.folder);
}

// Standard input can be read once.
void check_stdin(const SearchFlags& options) {
  const auto vectors = std::ranges::count(options.query_vectors, "-");
  const auto images = std::ranges::count_if(options.images, is_standard);
  const auto queries = is_standard(options.queries) ? 1 : 0;
  if (vectors + images + queries > 1) {
    throw Error(ErrorCode::invalid_argument,
                "'-' is given for several inputs, but standard input can be read only once");
  }
}

// By default, hits of libraries are judged.
std::optional<NullModel> null_model_of(const SearchFlags& options, const Opened& opened) {
  const bool judge = options.judge || (opened.library && !options.no_judge);
  if (!judge || !options.has_text() || !opened.model) return std::nullopt;
  const Stage stage(options.input.encode.progress, "estimating what similarities occur by chance");
  if (!opened.library)
    return estimate_null_model(*opened.collection, *opened.model, options.templates);
  return library_null_model(*opened.library, *opened.collection, *opened.model, options.templates,
                            cache_root(options.flags.cache));
}

// Of a library, if one was learned from its judgements and is in use.
std::shared_ptr<const TextCorrection> correction_of(const SearchFlags& options,
                                                    const Opened& opened) {
  if (!opened.library || !opened.model || options.no_correction) return nullptr;
  return Corrections(opened.library->path()).active(opened.model->info().fingerprint);
}

// Settings of --config, except those that options give.
void read_config(SearchFlags& options, const CLI::App& command) {
  if (options.config.empty()) return;
  options.configuration = read_configuration(options.config);
  const Configuration& c = options.configuration;
  if (options.flags.datasets.empty())
    refuse_fusion(c, options.vectors.empty() ? "a search in a library" : "--vectors");
  if (options.model.empty()) options.model = c.model;
  apply_configuration(c, command, options.input.model);
  if (c.templates && !given(command, "--template")) options.templates = *c.templates;
  // Hits of expanded queries cannot be judged.
  if (c.expansion.active() && !options.judge) options.no_judge = true;
}

int run(SearchFlags& options, const CLI::App& command) {
  check_stdin(options);
  read_config(options, command);
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
  const Opened opened = open_collection(options);
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
                                    .templates = options.templates,
                                    .expansion = options.configuration.expansion};
  if (options.min_similarity) search.min_similarity = *options.min_similarity;
  const std::optional<NullModel> null_model = null_model_of(options, opened);
  if (null_model) search.null_model = &*null_model;
  const auto correction = correction_of(options, opened);
  search.correction = correction.get();
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

}  // namespace

void add_search(CLI::App& app, Action& action) {
  auto options = std::make_shared<SearchFlags>();
  CLI::App* command = app.add_subcommand(
      "search",
      "Find the images of a library, data sets or a vector set nearest to texts and images");
  add_search_options(*command, *options);
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
  command->callback([options, command, &action] {
    action = [options, command] { return run(*options, *command); };
  });
}

}  // namespace sightline::cli

#include "search_flags.h"

#include <charconv>

#include "configuration.h"
#include "library_options.h"
#include "model_options.h"

namespace sightline::cli {
namespace {

void add_query_options(CLI::App& command, SearchFlags& options) {
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
void add_arranging_options(CLI::App& command, SearchFlags& options) {
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
      ->check(check_preview, "{kitty,iterm2,sixel,blocks}")
      ->excludes(command.get_option("--json"));
}

void add_format_options(CLI::App& command, SearchFlags& options) {
  command.remove_option(command.get_option("--format"));
  command
      .add_option(
          "--format", options.format,
          "Output: table, paths (one file per line), or paths0 (files with a NUL byte after "
          "each, for xargs -0)")
      ->type_name("FORMAT")
      ->check(check_format, "{table,paths,paths0}")
      ->excludes(command.get_option("--json"))
      ->capture_default_str();
  command
      .add_option("--dataset-format", options.input.dataset.options.format,
                  "Format of the data set (default: detected)")
      ->check(CLI::IsMember(dataset_formats()));
}

}  // namespace

void add_search_options(CLI::App& command, SearchFlags& options) {
  add_query_options(command, options);
  add_evaluation_options(command, options.input, options.flags);
  add_format_options(command, options);
  add_arranging_options(command, options);
  add_precision_option(command, options.input.model.precision);
  add_config_option(command, options.config);
  CLI::Option* dataset = command.get_option("--dataset");
  auto* vectors =
      command
          .add_option("--vectors", options.vectors,
                      "Vectors to search, instead of --dataset: a .npy file, a folder of numbered "
                      ".npy files, a .shards.json file, or clip-retrieval's output folder")
          ->type_name("PATH")
          ->excludes(dataset);
  // Options of reading and encoding images.
  for (const char* name :
       {"--split", "--image-column", "--text-column", "--images-root", "--dataset-format",
        "--max-captions", "--exclude", "--include-hidden", "--keep-repeats", "--orientation",
        "--decode", "--resize", "--batch-size"}) {
    vectors->excludes(command.get_option(name));
  }
  command
      .add_option("--search", options.scan,
                  "Vectors that the first pass scans; does not change the hits")
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "int8"}))
      ->needs(vectors)
      ->capture_default_str();
  add_library_option(command, options.library)->excludes(dataset)->excludes(vectors);
  auto* judge = command.add_flag(
      "--judge", options.judge,
      "Tell which hits of texts are matches, and whether there is any; the default for libraries");
  command.add_flag("--no-judge", options.no_judge, "Do not")->excludes(judge);
  command.add_flag("--no-correction", options.no_correction,
                   "In a library, do not apply the correction learned from judgements");
  command
      .add_option("--fdr", options.fdr, "Share of wrong hits among those that are called matches")
      ->check(CLI::Range(0.0001, 0.5))
      ->capture_default_str();
}

}  // namespace sightline::cli

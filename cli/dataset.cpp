// sightline dataset: inspects and converts data sets, and creates the sample data (sample_data.h).
#include <sightline/dataset.h>
#include <sightline/error.h>
#include <sightline/image.h>

#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/stage.h"
#include "command.h"
#include "console.h"
#include "data/no_image.h"
#include "data/unread_tables.h"
#include "dataset_options.h"
#include "interruption.h"
#include "locate.h"
#include "output.h"
#include "progress_line.h"
#include "sample_data.h"
#include "standard_streams.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

struct SourceArguments {
  std::string path;
  DatasetOptions options;
  bool json = false, pull = false;
};

void add_source_options(CLI::App& app, SourceArguments& arguments) {
  app.add_option("PATH", arguments.path, kDatasetHelp)->required();
  add_pull_flag(app, arguments.pull);
  add_dataset_options(app, arguments.options);
  app.remove_option(app.get_option("--keep-repeats"));  // rows are not merged here
  app.add_option("--split", arguments.options.split,
                 "Read only these splits, comma-separated, such as test,novel")
      ->type_name("NAME");
  app.add_flag("--json", arguments.json, "Print the result as JSON");
}

struct Counts {
  int64_t rows = 0, captions = 0, fewest = -1, most = 0, image_bytes = 0;
  std::map<std::string, int64_t> splits;
  std::vector<SkippedRow> broken;
};

Counts count_rows(Dataset& dataset, const DatasetOptions& options, bool decode,
                  const ProgressFn& progress) {
  Counts counts;
  const int64_t total = dataset.size();
  while (auto row = dataset.next()) {
    ++counts.rows;
    if (!row->error && decode) {
      try {
        decode_image(row->image, row->id, OrientationProfile::stored, {options.max_image_bytes});
      } catch (const Error& error) {
        row->error = error.what();
      }
    }
    if (row->error) {
      counts.broken.push_back({row->id, *row->error});
    } else {
      const auto captions = static_cast<int64_t>(row->captions.size());
      counts.captions += captions;
      counts.fewest = counts.fewest < 0 ? captions : std::min(counts.fewest, captions);
      counts.most = std::max(counts.most, captions);
      counts.image_bytes += static_cast<int64_t>(row->image.size());
      if (const auto split = row->extra.find("split"); split != row->extra.end())
        ++counts.splits[split->second];
    }
    if (progress && (counts.rows % 64 == 0 || counts.rows == total)) {
      progress({"reading rows", counts.rows, total, ""});
    }
  }
  return counts;
}

// Returns the mean number of captions per row that is not broken.
double mean_captions(const Counts& counts) {
  const auto rows = counts.rows - static_cast<int64_t>(counts.broken.size());
  return rows > 0 ? static_cast<double>(counts.captions) / static_cast<double>(rows) : 0;
}

Json info_json(const Dataset& dataset, const Counts& counts) {
  const auto columns = dataset.columns();
  Json broken = Json::array();
  for (const auto& row : counts.broken) broken.push_back({{"id", row.id}, {"reason", row.reason}});
  return {{"format", dataset.format()},
          {"rows", counts.rows},
          {"broken_rows", counts.broken.size()},
          {"columns",
           {{"image", columns.image},
            {"text", columns.text},
            {"split", columns.split},
            {"extra", columns.extra}}},
          {"captions",
           {{"total", counts.captions},
            {"fewest", std::max<int64_t>(counts.fewest, 0)},
            {"mean", mean_captions(counts)},
            {"most", counts.most}}},
          {"image_bytes", counts.image_bytes},
          {"splits", counts.splits},
          {"broken", broken}};
}

void print_info(const Dataset& dataset, const std::string& path, const Counts& counts) {
  const auto columns = dataset.columns();
  const auto or_none = [](const std::string& name) { return name.empty() ? "(none)" : name; };
  std::string extra;
  for (const auto& name : columns.extra) extra += (extra.empty() ? "" : ", ") + name;
  std::string captions = std::to_string(std::max<int64_t>(counts.fewest, 0));
  if (counts.most > counts.fewest) {
    captions += " to " + std::to_string(counts.most) + ", mean " + fixed(mean_captions(counts), 2);
  }
  std::printf("%s\n", path.c_str());
  std::vector<std::vector<std::string>> rows = {
      {"format", dataset.format()},
      {"rows", std::to_string(counts.rows)},
      {"broken rows", std::to_string(counts.broken.size())},
      {"image column", or_none(columns.image)},
      {"text column", or_none(columns.text)},
      {"other columns", or_none(extra)},
      {"captions", std::to_string(counts.captions)},
      {"captions per row", captions},
      {"images", fixed(static_cast<double>(counts.image_bytes) / 1e6, 1) + " MB"}};
  for (const auto& [split, count] : counts.splits)
    rows.push_back({"split " + split, std::to_string(count)});
  std::printf("%s", format_table({"property", "value"}, rows).c_str());
}

std::unique_ptr<Dataset> open(const SourceArguments& arguments, const ProgressFn& progress) {
  const std::filesystem::path path = locate_dataset(arguments.path, arguments.pull);
  const Stage stage(progress, "listing the rows");
  return open_dataset(path, arguments.options);
}

int run_info(const SourceArguments& arguments, bool decode) {
  const ProgressFn progress = console_progress(arguments.json);
  const auto dataset = open(arguments, progress);
  const Counts counts = count_rows(*dataset, arguments.options, decode, progress);
  if (counts.rows == 0) throw_no_image(arguments.path, advice_on_tables(arguments.path));
  if (arguments.json)
    print_json(info_json(*dataset, counts));
  else
    print_info(*dataset, arguments.path, counts);
  if (dataset->format() == "folder" && counts.captions == 0) {
    const std::string advice = advice_on_tables(arguments.path);
    if (!advice.empty())
      warn("'" + arguments.path + "' was read as a folder of images without captions" + advice);
  }
  report_skipped(counts.broken);
  return counts.broken.empty() ? kDone : kSkipped;
}

const std::map<std::string, DatasetFormat> kOutputFormats = {
    {"imagefolder", DatasetFormat::imagefolder},
    {"parquet", DatasetFormat::parquet},
    {"coco", DatasetFormat::coco},
    {"csv", DatasetFormat::csv},
    {"webdataset", DatasetFormat::webdataset}};

// Throws invalid_argument if `output` is standard output and cannot hold what is written.
void check_stream(const OutputFile& output, const SourceArguments& arguments,
                  const std::string& format) {
  if (!output.standard()) return;
  if (format != "parquet" && format != "webdataset") {
    throw Error(ErrorCode::invalid_argument, "the format ", format,
                " is a folder, so it cannot be written to standard output; parquet and webdataset "
                "can");
  }
  if (arguments.json) {
    throw Error(ErrorCode::invalid_argument,
                "--json and the data set both go to standard output: name a file");
  }
}

int run_convert(const SourceArguments& arguments, const std::string& out,
                const std::string& format) {
  const OutputFile output(out, format == "parquet" ? "out.parquet" : "out.tar");
  check_stream(output, arguments, format);
  if (!output.standard()) {
    refuse_inside(out, arguments.path);
    const std::string extension = fs::path(out).extension();
    const bool one_file = extension == ".parquet" || extension == ".tar";
    check_output_folder(one_file ? fs::absolute(out).parent_path() : fs::path(out));
    set_kept_when_interrupted("'" + out + "' was not written; run the same command again");
  }
  const ProgressFn progress = console_progress(arguments.json);
  const auto dataset = open(arguments, progress);
  const auto summary =
      convert_dataset(*dataset, output.path(), kOutputFormats.at(format), progress);
  if (summary.rows == 0) {
    if (summary.skipped.empty()) throw_no_image(arguments.path);
    const auto& [id, reason] = summary.skipped.front();
    throw Error(ErrorCode::invalid_data, "no row of ", quoted(fs::path(arguments.path)),
                " can be converted; the first one is ", one_line(id), ": ", reason);
  }
  output.publish();
  std::vector<SkippedRow> skipped;
  Json skipped_json = Json::array();
  for (const auto& [id, reason] : summary.skipped) {
    skipped.push_back({id, reason});
    skipped_json.push_back({{"id", id}, {"reason", reason}});
  }
  if (arguments.json) {
    print_json(
        {{"out", out}, {"format", format}, {"rows", summary.rows}, {"skipped", skipped_json}});
  } else {
    std::fprintf(output.standard() ? stderr : stdout, "%s: %lld rows as %s\n",
                 output.standard() ? "standard output" : out.c_str(),
                 static_cast<long long>(summary.rows), format.c_str());
  }
  report_skipped(skipped);
  return skipped.empty() ? kDone : kSkipped;
}

void add_info(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("info", "Read a whole data set and report what it contains");
  auto arguments = std::make_shared<SourceArguments>();
  auto decode = std::make_shared<bool>(false);
  add_source_options(*command, *arguments);
  command->add_flag("--decode", *decode, "Also decode every image");
  command->footer(
      "Examples:\n  sightline dataset info build/emoji\n"
      "  sightline dataset info build/emoji --decode --json\n"
      "Exit code 3: some rows are broken; they are listed with their reasons.");
  command->callback([=, &action] { action = [=] { return run_info(*arguments, *decode); }; });
}

void add_convert(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("convert", "Convert a data set to another format, row by row");
  auto arguments = std::make_shared<SourceArguments>();
  auto out = std::make_shared<std::string>(), format = std::make_shared<std::string>();
  add_source_options(*command, *arguments);
  command
      ->add_option("OUT", *out,
                   "Output folder, or a file ending in .parquet or .tar; - is standard output")
      ->required();
  command->add_option("--to", *format, "Output format")
      ->required()
      ->check(CLI::IsMember(kOutputFormats));
  command->footer(
      "Examples:\n  sightline dataset convert build/emoji build/emoji.parquet --to parquet\n"
      "  sightline dataset convert build/emoji.parquet build/novel --to imagefolder --split novel\n"
      "  sightline dataset convert build/emoji - --to webdataset --split test | tar -t\n"
      "Exit code 3: some rows are broken and were skipped; they are listed with their reasons.");
  command->callback(
      [=, &action] { action = [=] { return run_convert(*arguments, *out, *format); }; });
}

}  // namespace

void add_dataset(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("dataset", "Create, inspect and convert data sets of captioned images");
  command->require_subcommand(1);
  command->footer(
      "Example:\n  sightline dataset emoji build/emoji && sightline dataset info build/emoji");
  add_sample_data(*command, action);
  add_info(*command, action);
  add_convert(*command, action);
  command->group("Models and data");  // the subcommands do not inherit it
}

}  // namespace sightline::cli

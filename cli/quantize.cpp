// sightline quantize: writes quantized vectors of a .npy file, which a search scans first.
#include <sightline/error.h>
#include <sightline/index.h>
#include <sightline/shards.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/stage.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path vectors;
  std::vector<std::string> types = {"int8"};
  bool as_json = false;
};

struct Quantized {
  fs::path file;
  int64_t rows = 0, dim = 0, size = 0;
};

Quantized quantize_array(const fs::path& npy, const Options& options, const ProgressFn& progress) {
  // Existing quantized vectors are replaced, so they need not be read.
  VectorIndex index = [&] {
    const Stage stage(progress, "reading the vectors");
    return VectorIndex::open_vectors(npy);
  }();
  for (const std::string& type : options.types) {
    const Stage stage(progress, "quantizing to " + type);
    index.add(type == "int8" ? ScanType::int8 : ScanType::bf16);
  }
  const fs::path file = [&] {
    const Stage stage(progress, "writing the quantized vectors");
    return index.save();
  }();
  return {file, index.rows(), index.dim(), file_identity(file).size};
}

int run(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const ProgressFn progress = console_progress(options.as_json);
  std::vector<fs::path> arrays = {options.vectors};
  if (is_shard_manifest(options.vectors)) arrays = shards_of(options.vectors);
  for (const fs::path& npy : arrays) {
    check_output_file(VectorIndex::quantized_path(npy));
    VectorIndex::check_quantized_path(npy);
  }
  Quantized all;
  std::vector<std::string> files;
  for (const fs::path& npy : arrays) {
    const Quantized one = quantize_array(npy, options, progress);
    all = {one.file, all.rows + one.rows, one.dim, all.size + one.size};
    files.push_back(one.file.string());
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (options.as_json) {
    const Json json = {{"vectors", options.vectors.string()},
                       {"quantized", files.size() == 1 ? Json(files[0]) : Json(files)},
                       {"rows", all.rows},
                       {"dim", all.dim},
                       {"types", options.types},
                       {"size_bytes", all.size},
                       {"seconds", seconds}};
    print_json(json);
  } else {
    const std::string name =
        files.size() == 1 ? files[0] : counted(static_cast<int64_t>(files.size()), "shard");
    std::printf("%s: %lld vectors of %lld dimensions, %s MB, %s s\n", name.c_str(),
                static_cast<long long>(all.rows), static_cast<long long>(all.dim),
                fixed(static_cast<double>(all.size) / 1e6, 1).c_str(), fixed(seconds, 1).c_str());
  }
  return kDone;
}

}  // namespace

void add_quantize(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "quantize", "Quantize vectors (.npy) for faster search with the same hits");
  command
      ->add_option(
          "VECTORS", options->vectors,
          "The .npy file written by 'sightline encode', or the .shards.json file written by "
          "'sightline merge'")
      ->required();
  command
      ->add_option("--types", options->types,
                   "int8 (a quarter of the size), bf16 (half), or int8,bf16")
      ->delimiter(',')
      ->check(CLI::IsMember({"int8", "bf16"}))
      ->capture_default_str();
  command->add_flag("--json", options->as_json, "Print the summary as JSON");
  command->group("Search");
  command->footer(
      "Example:\n  sightline encode --model models/emoji-vit-8 --images build/emoji --out "
      "build/emoji.npy\n"
      "  sightline quantize build/emoji.npy\n"
      "  sightline search --vectors build/emoji.npy --model models/emoji-vit-8 'a red heart'");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

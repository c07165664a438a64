// sightline merge: the shards of an input as one vector set.
#include "merge.h"

#include <sightline/shards.h>

#include <cstdio>
#include <memory>

#include "base/json.h"
#include "base/path_id.h"
#include "base/text.h"
#include "console.h"
#include "output.h"
#include "progress_line.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<fs::path> shards;
  fs::path out;
  bool verify = false, as_json = false;
};

int run(const Options& options) {
  check_output_file(options.out, ".json");
  const MergedShards merged = merge_shards(options.shards, options.out,
                                           {options.verify, console_progress(options.as_json)});
  if (options.as_json) {
    print_json({{"out", path_id(options.out)},
                {"shards", merged.shards},
                {"rows", merged.rows},
                {"dim", merged.dim},
                {"repeated", merged.repeated},
                {"skipped_rows", merged.skipped},
                {"model", merged.provenance.model},
                {"fingerprint", merged.provenance.fingerprint},
                {"kind", vector_kind_name(merged.provenance.kind)},
                {"verified", options.verify}});
    return kDone;
  }
  std::printf("%s: %s of %lld dimensions in %s%s\n", options.out.c_str(),
              counted(merged.rows, "row").c_str(), static_cast<long long>(merged.dim),
              counted(merged.shards, "shard").c_str(), options.verify ? ", verified" : "");
  if (merged.repeated > 0) {
    std::printf("%s; their captions belong to its first row\n",
                counted(merged.repeated, "row repeats an image of an earlier shard",
                        "rows repeat an image of an earlier shard")
                    .c_str());
  }
  if (merged.skipped > 0)
    std::printf("%s without a vector\n",
                counted(merged.skipped, "row of the input is", "rows of the input are").c_str());
  return kDone;
}

}  // namespace

void add_merge(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("merge", "Merge the shards of 'encode --shard' into one vector set");
  command->add_option("SHARDS", options->shards, "All shards of one input, in any order")
      ->type_name("FILE.npy")
      ->required();
  command
      ->add_option("--out", options->out,
                   "Output NAME.shards.json, which refers to the shards: vectors are not copied. "
                   "Keep it with them; search, eval, index and quantize read it like a .npy file")
      ->type_name("FILE.shards.json")
      ->required();
  command->add_flag("--verify", options->verify,
                    "Compare every byte of vectors and ids with its checksum");
  command->add_flag("--json", options->as_json, "Print the summary as JSON");
  command->group("Search");
  command->footer(
      "Example:\n"
      "  for i in 0 1 2; do\n"
      "    sightline encode --model models/emoji-vit-8 --images build/emoji --shard $i/3 \\\n"
      "      --out build/emoji.npy\n"
      "  done\n"
      "  sightline merge build/emoji.*-of-00003.npy --out build/emoji.shards.json\n"
      "  sightline search --vectors build/emoji.shards.json --model models/emoji-vit-8 'a red "
      "heart'");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace sightline::cli

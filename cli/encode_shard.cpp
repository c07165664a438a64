#include "encode_shard.h"

#include <sightline/error.h>
#include <sightline/index.h>

#include <cstdio>

#include "base/json.h"
#include "base/path_id.h"
#include "base/text.h"
#include "command.h"
#include "console.h"
#include "data/no_image.h"
#include "interruption.h"
#include "output.h"
#include "progress_line.h"
#include "read_lines.h"
#include "standard_streams.h"

namespace sightline::cli {
namespace {

namespace fs = std::filesystem;

struct Result {
  ShardInput input;
  FinishedShard shard;
  bool kept = false;  // it was finished before
  std::string model;
  int64_t dim = 0;
  EncodeCounts counts;
  std::vector<SkippedRow> skipped;
};

// Encodes the shard with `write`, unless it is finished. `provenance`: of what would be written.
template <typename Write>
void make_shard(const EncodeFlags& options, const VectorProvenance& provenance, Result& result,
                const Write& write) {
  if (!options.force) {
    std::vector<std::string> warnings;
    const Stage stage(options.encode.progress, "verifying the shard");
    const auto finished = find_finished_shard(options.out, result.input, provenance, warnings);
    show_warnings(warnings);
    if (finished) {
      result.shard = *finished;
      result.kept = true;
      return;
    }
  }
  WrittenVectors written = write();
  show_warnings(written.summary.warnings);
  const auto skipped = static_cast<int64_t>(written.skipped.size());
  const int64_t repeated = written.summary.repeated;
  result.shard = {written.summary.rows - skipped - repeated, skipped, repeated};
  result.counts = written.summary.counts;
  result.skipped = std::move(written.skipped);
}

RowList list_rows(const EncodeFlags& options) {
  const Stage stage(options.encode.progress, "counting the rows");
  if (!options.images.empty()) {
    RowList rows = RowList::of_files(options.images, options.dataset_options.folder);
    for (const fs::path& path : rows.files()) refuse_inputs(options, path);
    return rows;
  }
  const fs::path path = locate_dataset(options.dataset, options.pull);
  refuse_inputs(options, path);
  return RowList::of_dataset({path, options.dataset_options, {}});
}

Result encode_images(const EncodeFlags& options) {
  const RowList rows = list_rows(options);
  if (rows.rows() == 0)
    throw_no_image(options.images.empty() ? fs::path(options.dataset) : options.images.front());
  ModelOptions settings = options.model_options;
  settings.load_text_tower = false;
  // A precision is chosen on the first rows of the input, so that all shards have the same.
  RowReader first = rows.read({0, rows.rows()});
  const ChosenModel chosen = load_encoder(options, settings, first);
  show_warnings(chosen.model.info().warnings);
  VectorProvenance provenance =
      provenance_of(chosen.model, VectorKind::images, options.encode.normalize);
  provenance.source = source_of(options);
  Result result;
  result.input = shard_input(*options.shard, rows);
  result.model = chosen.model.info().name;
  result.dim = chosen.model.info().embedding_dim;
  make_shard(options, provenance, result, [&] {
    return write_image_shard(rows, result.input, chosen.model, provenance, options.encode,
                             options.out);
  });
  return result;
}

Result encode_texts(const EncodeFlags& options) {
  const auto lines = read_lines(options.texts);
  if (lines.empty())
    throw Error(ErrorCode::not_found, "there is no text in ", input_name(options.texts));
  ModelOptions settings = options.model_options;
  settings.load_image_tower = false;
  const ChosenModel chosen = load_encoder(options, settings, lines);
  show_warnings(chosen.model.info().warnings);
  const VectorProvenance provenance =
      provenance_of(chosen.model, VectorKind::texts, options.encode.normalize);
  Result result;
  result.input = shard_input(*options.shard, lines);
  result.model = chosen.model.info().name;
  result.dim = chosen.model.info().embedding_dim;
  make_shard(options, provenance, result, [&] {
    WrittenVectors written = write_text_shard(lines, result.input, chosen.model, provenance,
                                              options.encode, options.out);
    if (written.truncated > 0) {
      warn(message(counted(written.truncated, "text"), written.truncated == 1 ? " was" : " were",
                   " truncated to ", chosen.model.info().context_length,
                   " tokens; see kept_text in ", ids_path(options.out).string()));
    }
    return written;
  });
  return result;
}

void print_summary(const EncodeFlags& options, const Result& result) {
  const RowRange range = shard_range(result.input.shard, result.input.rows);
  if (!options.as_json) {
    std::printf("%s: %s of %lld dimensions, %s of %s%s\n", options.out.c_str(),
                counted(result.shard.rows, "row").c_str(), static_cast<long long>(result.dim),
                shard_name(result.input.shard).c_str(), counted(result.input.rows, "row").c_str(),
                result.kept ? ", finished before and verified" : "");
    return;
  }
  print_json({{"out", path_id(options.out)},
              {"ids", path_id(ids_path(options.out))},
              {"shard", result.input.shard.index},
              {"shards", result.input.shard.count},
              {"first_row", range.first},
              {"input_rows", result.input.rows},
              {"input", result.input.digest},
              {"finished_before", result.kept},
              {"rows", result.shard.rows},
              {"encoded", result.counts.encoded_images + result.counts.encoded_texts},
              {"cached", result.counts.cached_images + result.counts.cached_texts},
              {"repeated", result.shard.repeated},
              {"skipped_rows", result.shard.skipped},
              {"dim", result.dim},
              {"model", result.model},
              {"skipped", skipped_json(result.skipped)}});
}

void check_options(EncodeFlags& options) {
  if (is_standard(options.out)) {
    throw Error(ErrorCode::invalid_argument,
                "a shard needs a file as --out, because its name says which part it is");
  }
  if (!options.ids.empty())
    throw Error(ErrorCode::invalid_argument, "--ids requires --out -, which --shard excludes");
  check_output_file(options.out, ".npy");
  options.out = shard_path(options.out, *options.shard);
  for (const fs::path& file : outputs_of(options)) check_output_file(file);
  if (options.quantize) VectorIndex::check_quantized_path(options.out);
  options.images = with_listed_paths(std::move(options.images));
  if (!options.texts.empty()) refuse_inputs(options, options.texts);
}

}  // namespace

int encode_shard(EncodeFlags& options) {
  check_options(options);
  options.encode.normalize = !options.raw;
  options.encode.cache = cache_root(options.cache);
  set_kept_when_interrupted(kept_in_cache(options.raw ? std::nullopt : options.encode.cache));
  options.encode.progress = console_progress(options.as_json);
  const Result result = options.texts.empty() ? encode_images(options) : encode_texts(options);
  report_skipped(result.skipped);
  const bool quantized = fs::exists(VectorIndex::quantized_path(options.out));
  if (options.quantize && result.shard.rows > 0 && !(result.kept && quantized)) {
    const Stage stage(options.encode.progress, "quantizing to int8");
    add_quantized_vectors(options.out);
  }
  print_summary(options, result);
  return result.shard.skipped == 0 ? kDone : kSkipped;
}

}  // namespace sightline::cli

#include "vectors/description.h"

#include <sightline/error.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/path_id.h"
#include "base/text.h"
#include "image/preprocess.h"
#include "vectors/item_line.h"

namespace sightline::vectors {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "sightline-vectors";
constexpr int kVersion = 2;
constexpr int64_t kMaxBytes = 1 << 20;

fs::path folder_of(const fs::path& npy) {
  return fs::absolute(npy).parent_path();
}

// A path of a source, seen from the folder of NAME.npy. Both may be moved together. Empty for an
// empty path: that of a source whose ids are absolute paths.
std::string relative_id(const fs::path& path, const fs::path& npy) {
  if (path.empty()) return "";
  return path_id(fs::absolute(path).lexically_proximate(folder_of(npy)));
}

// Returns the path as recorded, or, if it does not exist any more, the one that is at the same
// place relative to NAME.npy, if that exists.
fs::path existing_path(const json& value, const std::string& key, const fs::path& npy) {
  const fs::path recorded = path_of_id(value.at(key).get<std::string>());
  const std::string relative = value.value(key + "_relative", std::string());
  std::error_code error;
  if (relative.empty() || fs::exists(recorded, error)) return recorded;
  const fs::path moved = (folder_of(npy) / path_of_id(relative)).lexically_normal();
  return fs::exists(moved, error) ? moved : recorded;
}

Json source_json(const std::optional<VectorSource>& source, const fs::path& npy) {
  if (!source) return nullptr;
  const DatasetInput& dataset = source->dataset;
  if (dataset.path.empty()) {
    return {{"folder", path_id(source->folder)},
            {"folder_relative", relative_id(source->folder, npy)}};
  }
  return {{"dataset", path_id(dataset.path)},
          {"dataset_relative", relative_id(dataset.path, npy)},
          {"format", dataset.options.format},
          {"image_column", dataset.options.image_column},
          {"image_root", path_id(dataset.options.image_root)},
          {"split", dataset.options.split},
          {"splits", dataset.splits},
          {"exclude", dataset.options.folder.exclude},
          {"include_hidden", dataset.options.folder.include_hidden}};
}

std::optional<VectorSource> parse_source(const json& value, const fs::path& npy) {
  if (value.is_null()) return std::nullopt;
  VectorSource source;
  if (!value.contains("dataset")) {
    source.folder = existing_path(value, "folder", npy);
    return source;
  }
  DatasetInput& dataset = source.dataset;
  dataset.path = existing_path(value, "dataset", npy);
  dataset.options.format = value.at("format");
  dataset.options.image_column = value.at("image_column");
  dataset.options.image_root = path_of_id(value.at("image_root").get<std::string>());
  dataset.options.split = value.at("split");
  dataset.splits = value.at("splits").get<std::vector<std::string>>();
  dataset.options.folder.exclude = value.value("exclude", std::vector<std::string>());
  dataset.options.folder.include_hidden = value.value("include_hidden", false);
  return source;
}

Json shard_json(const ShardRecord& shard) {
  const ShardInput& input = shard.input;
  return {{"index", input.shard.index},
          {"count", input.shard.count},
          {"input_rows", input.rows},
          {"input", input.digest},
          {"merges_repeats", input.merges_repeats},
          {"max_captions", input.max_captions},
          {"skipped", shard.skipped},
          {"repeated", shard.repeated},
          {"elements", shard.elements},
          {"ids", shard.ids}};
}

ShardRecord parse_shard_record(const json& value) {
  ShardRecord shard;
  ShardInput& input = shard.input;
  input.shard = {value.at("index"), value.at("count")};
  input.rows = value.at("input_rows");
  input.digest = value.at("input");
  input.merges_repeats = value.at("merges_repeats");
  input.max_captions = value.at("max_captions");
  shard.skipped = value.at("skipped");
  shard.repeated = value.at("repeated");
  shard.elements = value.at("elements");
  shard.ids = value.at("ids");
  if (input.shard.index < 0 || input.shard.index >= input.shard.count || input.rows < 0) {
    throw Error(ErrorCode::invalid_data, "there is no ", shard_name(input.shard), " of ",
                input.rows, " rows");
  }
  return shard;
}

VectorKind parse_kind(const std::string& name) {
  for (const VectorKind kind : {VectorKind::images, VectorKind::texts}) {
    if (vector_kind_name(kind) == name) return kind;
  }
  throw Error(ErrorCode::invalid_data, "kind '", name, "' is neither 'images' nor 'texts'");
}

Description parse_description(const json& meta, const fs::path& npy) {
  if (meta.at("format") != kFormat || meta.at("version") != kVersion) {
    throw Error(ErrorCode::invalid_data, "expected format '", kFormat, "', version ", kVersion,
                "; found ", shown(meta.at("format")), ", version ", shown(meta.at("version")),
                ": encode again");
  }
  Description out;
  VectorProvenance& provenance = out.provenance;
  provenance.model = meta.at("model").at("name");
  provenance.fingerprint = meta.at("model").at("fingerprint");
  provenance.kind = parse_kind(meta.at("kind"));
  provenance.preprocessing = current_description(meta.at("preprocessing"));
  provenance.projection = meta.at("projection");
  provenance.computation = {parse_backend(meta.at("backend").get<std::string>()),
                            parse_device(meta.at("device").get<std::string>()),
                            parse_precision(meta.at("precision").get<std::string>())};
  provenance.unit_length = meta.at("unit_length");
  provenance.source = parse_source(meta.value("source", json()), npy);
  out.rows = meta.at("rows");
  out.dim = meta.at("dim");
  out.first_checksum = meta.at("first_checksum");
  if (meta.contains("shard")) out.shard = parse_shard_record(meta.at("shard"));
  return out;
}

}  // namespace

void write_description(const fs::path& npy, const Description& description) {
  const VectorProvenance& provenance = description.provenance;
  Json meta = {{"format", kFormat},
               {"version", kVersion},
               {"model", {{"name", provenance.model}, {"fingerprint", provenance.fingerprint}}},
               {"kind", vector_kind_name(provenance.kind)},
               {"preprocessing", provenance.preprocessing},
               {"projection", provenance.projection},
               {"backend", backend_name(provenance.computation.backend)},
               {"device", device_name(provenance.computation.device)},
               {"precision", precision_name(provenance.computation.precision)},
               {"unit_length", provenance.unit_length},
               {"source", source_json(provenance.source, npy)},
               {"rows", description.rows},
               {"dim", description.dim},
               {"first_checksum", description.first_checksum}};
  if (description.shard) meta["shard"] = shard_json(*description.shard);
  write_file_atomic(provenance_path(npy), json_text(meta, 2) + "\n");
}

void check_description(const fs::path& npy, const Description& description,
                       const VectorIndex& index) {
  const std::string meta = quoted(provenance_path(npy));
  if (description.rows != index.rows() || description.dim != index.dim()) {
    throw Error(ErrorCode::invalid_data, meta, " describes ", description.rows, " vectors of ",
                description.dim, " elements, ", quoted(npy), " has ", index.rows(), " of ",
                index.dim());
  }
  if (index.rows() > 0 && description.first_checksum != vector_checksum(index.row(0))) {
    throw Error(ErrorCode::invalid_data, meta, " and ", quoted(npy),
                " are of different runs (their first vectors differ): encode again");
  }
}

std::optional<Description> read_description(const fs::path& npy) {
  const fs::path path = provenance_path(npy);
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  const json meta = parse_json(read_text_file(path, kMaxBytes), path.string());
  const auto fail = [&](const char* reason) {
    throw Error(ErrorCode::invalid_data, "'", path.string(),
                "' does not describe a vector set: ", reason);
  };
  try {
    return parse_description(meta, npy);
  } catch (const json::exception& problem) {
    fail(problem.what());
  } catch (const Error& problem) {
    fail(problem.what());
  }
  return std::nullopt;
}

}  // namespace sightline::vectors

#include "vectors/shard_manifest.h"

#include <sightline/error.h>
#include <sightline/shards.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/path_id.h"
#include "base/text.h"

namespace sightline {
namespace vectors {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "sightline-shards";
constexpr int kVersion = 1;
constexpr int64_t kMaxBytes = 1LL << 30;

[[noreturn]] void fail(const std::string& reason) {
  throw Error(ErrorCode::invalid_data, reason);
}

ShardManifest parse_manifest(const json& value, const fs::path& folder) {
  if (value.at("format") != kFormat || value.at("version") != kVersion) {
    fail(message("expected format '", kFormat, "', version ", kVersion, "; found ",
                 shown(value.at("format")), ", version ", shown(value.at("version"))));
  }
  ShardManifest out;
  out.dim = value.at("dim");
  out.max_captions = value.at("max_captions");
  for (const json& shard : value.at("shards")) {
    out.shards.push_back({folder / path_of_id(shard.at("file").get<std::string>()),
                          shard.at("rows"), shard.at("elements")});
    if (out.shards.back().rows < 0) fail("a shard has fewer than 0 rows");
  }
  value.at("repeated_rows").get_to(out.repeated_rows);
  value.at("first_rows").get_to(out.first_rows);
  if (out.shards.empty()) fail("it names no shard");
  if (out.repeated_rows.size() != out.first_rows.size())
    fail("repeated_rows and first_rows differ in length");
  const int64_t stored = out.stored_rows();
  for (size_t i = 0; i < out.repeated_rows.size(); ++i) {
    const int64_t row = out.repeated_rows[i], first = out.first_rows[i];
    if (row >= stored || first < 0 || first >= row || (i > 0 && row <= out.repeated_rows[i - 1]))
      fail(message("row ", row, " cannot repeat row ", first, " of ", stored));
  }
  if (value.at("rows") != out.rows()) fail("the numbers of rows disagree");
  return out;
}

}  // namespace

int64_t ShardManifest::stored_rows() const {
  int64_t rows = 0;
  for (const ManifestShard& shard : shards) rows += shard.rows;
  return rows;
}

void write_manifest(const fs::path& path, const ShardManifest& manifest,
                    const VectorProvenance& provenance) {
  const fs::path folder = fs::absolute(path).parent_path();
  Json shards = Json::array();
  for (const ManifestShard& shard : manifest.shards) {
    shards.push_back({{"file", path_id(fs::absolute(shard.npy).lexically_proximate(folder))},
                      {"rows", shard.rows},
                      {"elements", shard.elements}});
  }
  const Json value = {
      {"format", kFormat},
      {"version", kVersion},
      {"model", {{"name", provenance.model}, {"fingerprint", provenance.fingerprint}}},
      {"kind", vector_kind_name(provenance.kind)},
      {"rows", manifest.rows()},
      {"dim", manifest.dim},
      {"max_captions", manifest.max_captions},
      {"shards", shards},
      {"repeated_rows", manifest.repeated_rows},
      {"first_rows", manifest.first_rows}};
  // Long lists of rows are not indented.
  const int indent = manifest.repeated_rows.size() > 100 ? -1 : 2;
  write_file_atomic(path, json_text(value, indent) + "\n");
}

ShardManifest read_manifest(const fs::path& path) {
  const json value = parse_json(read_text_file(path, kMaxBytes), path.string());
  std::string reason;
  try {
    return parse_manifest(value, path.parent_path());
  } catch (const json::exception& problem) {
    reason = problem.what();
  } catch (const Error& problem) {
    reason = problem.what();
  }
  throw Error(ErrorCode::invalid_data, quoted(path), " is not a manifest of shards: ", reason,
              ": run 'sightline merge' again");
}

}  // namespace vectors

std::vector<std::filesystem::path> shards_of(const std::filesystem::path& manifest) {
  std::vector<std::filesystem::path> paths;
  for (const auto& shard : vectors::read_manifest(manifest).shards) paths.push_back(shard.npy);
  return paths;
}

}  // namespace sightline

#include <sightline/error.h>
#include <sightline/shards.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "encode/repeated_images.h"
#include "vectors/compare_shards.h"
#include "vectors/item_line.h"
#include "vectors/item_lines.h"
#include "vectors/shard_manifest.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;
using vectors::Description;
using vectors::ShardManifest;

struct Part {
  fs::path npy;
  Description description;

  ShardNumber shard() const { return description.shard->input.shard; }
};

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorCode::invalid_argument, reason);
}

Part open_part(const fs::path& npy) {
  if (!fs::exists(file_status(npy)))
    throw Error(ErrorCode::not_found, "there is no shard ", quoted(npy));
  auto description = vectors::read_description(npy);
  if (!description) {
    throw Error(ErrorCode::invalid_data, quoted(npy), " has no ", quoted(provenance_path(npy)),
                ": encode the shard again");
  }
  if (!description->shard) refuse(quoted(npy) + " is not a shard: it was encoded without --shard");
  return {npy, std::move(*description)};
}

// All shards in order, each once.
void check_numbers(const std::vector<Part>& parts) {
  constexpr size_t kShown = 5;
  const int64_t count = parts.front().shard().count;
  for (size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].shard() == parts[i - 1].shard()) {
      refuse(message(quoted(parts[i - 1].npy), " and ", quoted(parts[i].npy), " are both ",
                     shard_name(parts[i].shard())));
    }
  }
  std::vector<std::string> missing;
  size_t next = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (next < parts.size() && parts[next].shard().index == i) {
      ++next;
    } else {
      missing.push_back(std::to_string(i));
    }
  }
  if (missing.empty()) return;
  std::string text;
  for (size_t i = 0; i < std::min(kShown, missing.size()); ++i)
    text += (i > 0 ? ", " : "") + missing[i];
  if (missing.size() > kShown) text += ", …";
  refuse(message("of ", counted(count, "shard"), " of one input with ", quoted(parts.front().npy),
                 ", ", missing.size(), missing.size() == 1 ? " is" : " are", " missing: ", text));
}

std::vector<Part> open_parts(std::span<const fs::path> shards) {
  std::vector<Part> parts;
  for (const fs::path& npy : shards) parts.push_back(open_part(npy));
  if (parts.empty()) refuse("there is no shard to merge");
  const Part& first = parts.front();
  for (const Part& part : parts) {
    const std::string other = vectors::difference(part.description, first.description.provenance,
                                                  first.description.shard->input);
    if (!other.empty()) refuse(message(quoted(part.npy), " ", other, " as of ", quoted(first.npy)));
    if (part.description.dim != first.description.dim)
      refuse(message(quoted(part.npy), " has vectors of ", part.description.dim, " elements, ",
                     quoted(first.npy), " of ", first.description.dim));
  }
  std::ranges::sort(parts, {}, [](const Part& part) { return part.shard().index; });
  check_numbers(parts);
  return parts;
}

// Finds the rows that repeat an image of an earlier shard, by the keys of images in the ids.
void find_repeats(const std::vector<Part>& parts, const ProgressFn& progress,
                  ShardManifest& manifest) {
  RepeatedImages images;
  int64_t stored = 0;
  for (size_t p = 0; p < parts.size(); ++p) {
    const fs::path path = ids_path(parts[p].npy);
    if (progress)
      progress(
          {"reading the ids", static_cast<int64_t>(p), static_cast<int64_t>(parts.size()), ""});
    const MappedFile file(path);
    vectors::Lines lines({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()});
    for (int64_t row = 0; row < parts[p].description.rows; ++row, ++stored) {
      const auto text = lines.next();
      const std::string where = message(quoted(path), ", line ", row + 1);
      if (!text) throw Error(ErrorCode::invalid_data, where, ": expected the id of row ", row);
      const auto [digest, split] = vectors::parse_image_key(*text, where, row);
      const auto [first, is_first] = images.find(digest, split);
      if (is_first) {
        *first = stored;
      } else {
        manifest.repeated_rows.push_back(stored);
        manifest.first_rows.push_back(*first);
      }
    }
  }
}

void verify(const std::vector<Part>& parts, const MergeOptions& options) {
  for (size_t i = 0; i < parts.size(); ++i) {
    if (options.progress)
      options.progress({"verifying the shards", static_cast<int64_t>(i),
                        static_cast<int64_t>(parts.size()), ""});
    const std::string problem = vectors::damage(parts[i].npy, parts[i].description);
    if (!problem.empty()) throw Error(ErrorCode::invalid_data, problem, ": encode the shard again");
  }
}

}  // namespace

MergedShards merge_shards(std::span<const fs::path> shards, const fs::path& manifest,
                          const MergeOptions& options) {
  if (!is_shard_manifest(manifest))
    refuse(quoted(manifest) + " is not the name of a manifest; expected NAME.shards.json");
  const std::vector<Part> parts = open_parts(shards);
  const Description& first = parts.front().description;
  ShardManifest out;
  out.dim = first.dim;
  out.max_captions = first.shard->input.max_captions;
  MergedShards merged;
  for (const Part& part : parts) {
    vectors::check_array(part.npy, part.description);
    out.shards.push_back({part.npy, part.description.rows, part.description.shard->elements});
    merged.skipped += part.description.shard->skipped;
  }
  if (options.verify) verify(parts, options);
  if (first.shard->input.merges_repeats) find_repeats(parts, options.progress, out);
  vectors::write_manifest(manifest, out, first.provenance);
  merged.shards = static_cast<int64_t>(parts.size());
  merged.rows = out.rows();
  merged.dim = out.dim;
  merged.repeated = static_cast<int64_t>(out.repeated_rows.size());
  merged.provenance = first.provenance;
  return merged;
}

}  // namespace sightline

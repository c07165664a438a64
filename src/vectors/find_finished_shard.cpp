#include <sightline/error.h>
#include <sightline/shards.h>

#include "base/file.h"
#include "base/text.h"
#include "vectors/compare_shards.h"

namespace sightline {

std::optional<FinishedShard> find_finished_shard(const std::filesystem::path& npy,
                                                 const ShardInput& input,
                                                 const VectorProvenance& provenance,
                                                 std::vector<std::string>& warnings) {
  if (!std::filesystem::exists(file_status(npy))) return std::nullopt;
  std::optional<vectors::Description> found;
  std::string problem;
  try {
    found = vectors::read_description(npy);
    if (!found) problem = "there is no " + quoted(provenance_path(npy));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) throw;
    problem = error.what();
  }
  if (found) {
    const std::string other = vectors::difference(*found, provenance, input);
    if (!other.empty()) throw Error(ErrorCode::invalid_argument, quoted(npy), " ", other);
    if (found->shard->input.shard != input.shard) {
      throw Error(ErrorCode::invalid_argument, quoted(npy), " is ",
                  shard_name(found->shard->input.shard), ", expected ", shard_name(input.shard));
    }
    problem = vectors::damage(npy, *found);
  }
  if (problem.empty())
    return FinishedShard{found->rows, found->shard->skipped, found->shard->repeated};
  warnings.push_back(problem + ": the shard is encoded again");
  return std::nullopt;
}

}  // namespace sightline

#include "vectors/compare_shards.h"

#include <sightline/error.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "index/npy_vectors.h"

namespace sightline::vectors {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShown = 12;  // digits of a fingerprint

std::string differs(const std::string& what, const std::string& found,
                    const std::string& expected) {
  return "has " + what + " " + found + ", expected " + expected;
}

std::string name_of(const VectorProvenance& provenance) {
  return "'" + provenance.model + "' (fingerprint " + provenance.fingerprint.substr(0, kShown) +
         ")";
}

std::string name_of(const Computation& computation) {
  return message(backend_name(computation.backend), ", ", device_name(computation.device), ", ",
                 precision_name(computation.precision));
}

std::string provenance_difference(const VectorProvenance& a, const VectorProvenance& b) {
  if (a.fingerprint != b.fingerprint)
    return differs("vectors of the model", name_of(a), name_of(b));
  if (a.kind != b.kind) {
    return differs("vectors of", std::string(vector_kind_name(a.kind)),
                   std::string(vector_kind_name(b.kind)));
  }
  if (a.preprocessing != b.preprocessing) {
    return differs("vectors of images preprocessed with", "'" + a.preprocessing + "'",
                   "'" + b.preprocessing + "'");
  }
  if (a.projection != b.projection)
    return differs("the projection", "'" + a.projection + "'", "'" + b.projection + "'");
  if (a.computation != b.computation)
    return differs("vectors computed with", name_of(a.computation), name_of(b.computation));
  if (a.unit_length != b.unit_length)
    return a.unit_length ? "has vectors of unit length, expected vectors as the tower returns them"
                         : "has vectors as the tower returns them, expected unit length";
  return {};
}

std::string input_difference(const ShardInput& a, const ShardInput& b) {
  if (a.shard.count != b.shard.count)
    return message("is one of ", a.shard.count, " shards, expected one of ", b.shard.count);
  if (a.rows != b.rows)
    return message("is of an input of ", counted(a.rows, "row"), ", expected one of ", b.rows);
  if (a.digest != b.digest || a.merges_repeats != b.merges_repeats ||
      a.max_captions != b.max_captions) {
    return message("is of another input of ", counted(a.rows, "row"), " (",
                   a.digest.substr(0, kShown), "), expected ", b.digest.substr(0, kShown));
  }
  return {};
}

}  // namespace

std::string difference(const Description& found, const VectorProvenance& provenance,
                       const ShardInput& input) {
  if (!found.shard) return "is not a shard, but a vector set of its own";
  const std::string text = provenance_difference(found.provenance, provenance);
  return text.empty() ? input_difference(found.shard->input, input) : text;
}

void check_array(const fs::path& npy, const Description& description) {
  const index::NpyVectors file(npy);
  const index::VectorArray& array = file.array();
  if (array.rows() == description.rows && array.dim() == description.dim &&
      array.in_place() != nullptr) {
    return;
  }
  throw Error(ErrorCode::invalid_data, quoted(npy), " has ", counted(array.rows(), "vector"),
              " of ", counted(array.dim(), "element"), ", ", quoted(provenance_path(npy)),
              " describes ", description.rows, " of ", description.dim, " float32");
}

std::string damage(const fs::path& npy, const Description& description) {
  try {
    check_array(npy, description);
    const index::NpyVectors file(npy);
    const auto count = static_cast<size_t>(description.rows * description.dim);
    const Digest elements = sha256(bytes_of(file.array().in_place(), count));
    if (to_hex(elements) != description.shard->elements)
      return quoted(npy) + " does not have the checksum in " + quoted(provenance_path(npy));
    if (sha256_of_file(ids_path(npy)) != description.shard->ids)
      return quoted(ids_path(npy)) + " does not have the checksum in " +
             quoted(provenance_path(npy));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::io) throw;
    return error.what();
  }
  return {};
}

}  // namespace sightline::vectors

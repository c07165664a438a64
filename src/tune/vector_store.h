// Vectors that trials share: in memory, and in files that a later run reads.
#pragma once

#include <sightline/matrix.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace sightline {

// Vectors are computed in whole parts, so that their last bits do not depend on interruptions.
class VectorStore {
 public:
  // `folder`: for the files; empty: only in memory. Created if missing.
  explicit VectorStore(std::filesystem::path folder);

  // Returns the vectors of this key, which are computed at most once.
  const Matrix& get(const std::string& key, const std::function<Matrix()>& compute);

 private:
  void make_room(size_t elements);

  std::filesystem::path folder_;
  std::map<std::string, std::unique_ptr<Matrix>> matrices_;
  size_t elements_ = 0;
};

}  // namespace sightline

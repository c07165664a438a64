// Folders and small results for tests of reports.
#pragma once

#include <sightline/experiment.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sightline {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline constexpr const char* kHostile =
    "</td><script>alert('x')</script>`touch pwned` \"@m\" \\n %d {/Symbol a}\xff\n";

// Thirty rows of one caption each, with random vectors of every model.
ExperimentResult small_result(const std::vector<std::string>& labels);

// Also contains the optional parts of a page: queries, examples and noise.
ExperimentResult full_result(const std::vector<std::string>& labels);

size_t count_of(const std::string& text, const std::string& part);

}  // namespace sightline

// The image of an explanation, as the model receives it.
#pragma once

#include <sightline/explain.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// The model must outlive the object.
class ExplainedImage {
 public:
  // Decodes, preprocesses and encodes an image. Throws what explain() throws for images and
  // options.
  ExplainedImage(const Model& model, std::span<const uint8_t> image, const std::string& name,
                 const ExplainOptions& options);

  std::span<const float> vector() const { return explanation_.vector; }

  // Returns the explanation for a text or a query with the vector `target`, without words.
  Explanation explain(std::span<const float> target) const;

 private:
  const Model& model_;
  ExplainOptions options_;
  std::vector<float> pixels_;  // (3, S, S)
  Explanation explanation_;    // sizes, regions and the vector
};

}  // namespace sightline

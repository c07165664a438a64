// Fusion of the vectors of images with those of texts about them.
#pragma once

#include <sightline/configuration.h>
#include <sightline/matrix.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// The texts of an item, as FusionOptions defines them: the parts of a column's value without white
// space around them, blank ones and those that equal a caption (without regard to ASCII case).
std::vector<std::string> fusion_texts(std::span<const std::string> captions,
                                      const std::string& value);

// The distinct texts of all items, in order of appearance, and the numbers of each item's.
struct TextTable {
  std::vector<std::string> texts;
  std::vector<std::vector<int64_t>> of_item;

  void add(const std::vector<std::string>& item);

 private:
  std::map<std::string, int64_t> number_;
};

// Replaces the vector of each image by its fusion with the mean of its texts' vectors.
//   images   (table.of_item.size(), D), unit length; a row of zeros stays one
//   texts    (table.texts.size(), D)
// Throws invalid_argument if sizes disagree or the weight is out of range.
void fuse_vectors(const TextTable& table, const Matrix& texts, double weight, Matrix& images);

// Mean vectors of texts that were encoded in templates.
//   in_templates   one text per text and template, text by text, in which {} is replaced
//   mean_of_each   (texts * count, D) -> (texts, D), unit length; `vectors` itself if count is 1
// Throw invalid_argument for a template without {}, or vectors that cancel each other.
std::vector<std::string> in_templates(std::span<const std::string> texts,
                                      std::span<const std::string> templates);
Matrix mean_of_each(Matrix vectors, int64_t count);

}  // namespace sightline

// Texts of queries to vectors, with templates, and in parts if they are longer than the context.
#pragma once

#include <sightline/encoder.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sightline {

struct EncodedTextTerms {
  Matrix vectors;              // (texts, D)
  std::vector<int64_t> parts;  // per text: number of parts in which it was read
};

// Returns the vector of each text: that of the text, or the mean of the vectors of all its parts in
// all templates, scaled to unit length. Appends a warning for each text in several parts. Throws
// invalid_argument for a template without "{}", or of which nothing but the template fits into the
// context; what the encoder and `progress` throw.
EncodedTextTerms encode_text_terms(std::span<const std::string> texts, const Encoder& encoder,
                                   std::span<const std::string> templates,
                                   std::vector<std::string>& warnings,
                                   const ProgressFn& progress = {});

}  // namespace sightline

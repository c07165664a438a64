// Chooses the words that are drawn over images.
#pragma once

#include <sightline/failures.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sightline {

// A word for an image.
struct Attack {
  int64_t row = 0;        // the image: index into the rows of plan_attacks
  int64_t wrong = 0;      // index of the caption that the word is from
  std::string word;       // with at least three letters, of which two differ
  std::string scrambled;  // its letters in another order
};

// Chooses a wrong caption for each image, and of it the word that the fewest captions have (the
// longest, then the first of several). Neither the caption nor the word, without regard to case,
// is one of the image's own. An image for which 50 random captions have no such word is left out.
//   captions      the distinct captions of all rows
//   row_captions  by row: indices into `captions`; rows without captions are not attacked
//   can_draw      whether a word can be drawn
// The attacks are in the order of the rows; a random sample of `options.max_images` if there are
// more. They depend on the arguments only. Throws invalid_argument if max_images is below 1.
std::vector<Attack> plan_attacks(std::span<const std::string> captions,
                                 std::span<const std::vector<int64_t>> row_captions,
                                 const TypographicOptions& options,
                                 const std::function<bool(const std::string&)>& can_draw);

// Returns the word with the letters of `word` in another order. Returns it reversed if random
// orders do not differ from it.
std::string scrambled_word(const std::string& word, uint64_t seed);

}  // namespace sightline

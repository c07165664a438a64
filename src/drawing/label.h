// Draws a word on an image, as a label that was stuck on it.
#pragma once

#include <sightline/image.h>

#include <string>

namespace sightline {

// Whether the installed fonts have every character of the text.
bool can_draw(const std::string& text);

// Draws the word in black on a white rectangle. The rectangle is within the square at the centre of
// the image, which a model that crops still sees; it is centred at three quarters of its height,
// and takes up to about four fifths of its width and a fifth of its height. Depends on the
// installed fonts. Thread-safe. Throws invalid_argument for an empty image, internal if drawing
// failed.
void draw_label(Image& image, const std::string& word);

}  // namespace sightline

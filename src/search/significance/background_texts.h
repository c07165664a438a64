// The list of background texts, which the build embeds from background_texts.txt, one on each line.
#pragma once

#include <string_view>

namespace sightline {

std::string_view background_text_lines();

}  // namespace sightline

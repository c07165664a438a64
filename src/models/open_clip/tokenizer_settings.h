// The tokenizer of a text tower of OpenCLIP: of the files of another library, with the settings of
// text_cfg's tokenizer_kwargs.
// Source: mlfoundations/open_clip src/open_clip/tokenizer.py (HFTokenizer), factory.py.
#pragma once

#include "models/config_section.h"
#include "models/open_clip/towers.h"

namespace sightline {

// Throws invalid_data (a value of another type, an unknown cleaning), unsupported (other keys).
TokenizerLoader read_tokenizer_settings(const ConfigSection& text);

}  // namespace sightline

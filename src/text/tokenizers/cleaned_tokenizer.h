// The tokenizer of an OpenCLIP model: another tokenizer with OpenCLIP's cleaning before it.
#pragma once

#include <sightline/tokenizer.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "text/cleaning/canonicalize.h"

namespace sightline {

// The keys of OpenCLIP's text_cfg (tokenizer_kwargs) that change ids.
// Source: mlfoundations/open_clip src/open_clip/tokenizer.py, HFTokenizer
struct OpenClipTokenizerSettings {
  TextCleaning cleaning = TextCleaning::whitespace;  // "clean"
  bool strip_sep_token = false;                      // the end token becomes id 0, wherever it is
  std::string language;  // NLLB's code, first of the ids ("eng_Latn"); empty: the files'
};

// Returns the mode that `name` names; nothing if there is none.
std::optional<TextCleaning> text_cleaning(const std::string& name);

// Loads the tokenizer of a directory with OpenCLIP's settings. Throws what load_tokenizer throws,
// and invalid_argument for a language that the vocabulary lacks.
std::unique_ptr<Tokenizer> load_open_clip_tokenizer(const std::filesystem::path& directory,
                                                    int context_length,
                                                    const OpenClipTokenizerSettings& settings);

}  // namespace sightline

#include "models/open_clip/tokenizer_settings.h"

#include <sightline/tokenizer.h>

#include "models/open_clip/config_keys.h"
#include "text/tokenizers/cleaned_tokenizer.h"

namespace sightline {

TokenizerLoader read_tokenizer_settings(const ConfigSection& text) {
  OpenClipTokenizerSettings settings;
  if (text.find("tokenizer_kwargs") != nullptr) {
    const ConfigSection section = text.child("tokenizer_kwargs");
    refuse_others(section, {"clean", "strip_sep_token", "language"}, {}, {});
    const auto cleaning = text_cleaning(section.text("clean", "whitespace"));
    if (!cleaning) section.fail("clean", "whitespace, lower or canonicalize");
    settings.cleaning = *cleaning;
    settings.strip_sep_token = section.flag("strip_sep_token", false);
    settings.language = section.text("language", "");
  }
  return [settings](const std::filesystem::path& directory, int context_length) {
    return load_open_clip_tokenizer(directory, context_length, settings);
  };
}

}  // namespace sightline

// load_tokenizer: finds out what a path holds, by content where it is a file.
#include <sightline/error.h>
#include <sightline/tokenizer.h>

#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "text/tokenizers/load_tokenizer.h"
#include "text/tokenizers/sentencepiece_files.h"
#include "text/tokenizers/tokenizer_files.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGzip = "\x1F\x8B";

bool has_line(std::string_view text, std::string_view line) {
  for (size_t at = text.find(line); at != text.npos; at = text.find(line, at + 1)) {
    const size_t end = at + line.size();
    const bool begins = at == 0 || text[at - 1] == '\n';
    if (begins && (end == text.size() || text[end] == '\n' || text[end] == '\r')) return true;
  }
  return false;
}

// Tells a tokenizer.json from other JSON files without parsing it.
void require_model_key(std::string_view text, const std::string& path) {
  if (text.find("\"model\"") != text.npos) return;
  throw Error(ErrorCode::invalid_data, "'", path,
              "' is JSON but no tokenizer.json: it has no 'model'; for vocab.json and merges.txt, "
              "give the directory that has both");
}

std::unique_ptr<Tokenizer> load_file(const fs::path& path, const TokenizerRequest& request) {
  const std::vector<uint8_t> bytes = read_file(path, kMaxTokenizerFileBytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string name = path.filename().string();
  if (name.ends_with(".model") || is_sentencepiece(text))
    return load_sentencepiece_model(path, request);
  const bool wordpiece = request.profile != nullptr
                             ? *request.profile == TokenizerProfile::wordpiece
                             : name.ends_with("vocab.txt") || has_line(text, "[CLS]");
  if (trimmed(text).starts_with('{')) {
    require_model_key(text, path.string());
    return load_tokenizer_json(path, request);
  }
  if (wordpiece && !text.starts_with(kGzip)) return load_vocab_txt(path, request);
  const int context_length = request.context_length == 0 ? 77 : request.context_length;
  return load_openai_tokenizer(
      path, context_length,
      request.profile != nullptr ? *request.profile : TokenizerProfile::openai);
}

std::unique_ptr<Tokenizer> load(const fs::path& path, const TokenizerRequest& request) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) ? load_file(path, request)
                                            : load_directory_tokenizer(path, request);
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& path, int context_length) {
  return load(path, {.context_length = context_length});
}

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& path, TokenizerProfile profile,
                                          int context_length) {
  return load(path, {.profile = &profile, .context_length = context_length});
}

}  // namespace sightline

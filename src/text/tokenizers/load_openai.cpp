#include <sightline/error.h>
#include <zlib.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "text/tokenizers/clip_tokenizer.h"
#include "text/tokenizers/load_tokenizer.h"
#include "text/tokenizers/tokenizer_files.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

// Decompresses the first member of a gzip file. Limits the size against decompression bombs.
std::string gunzip(const std::vector<uint8_t>& compressed, const std::string& path) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    throw Error(ErrorCode::internal, "zlib could not be initialized");
  stream.next_in = const_cast<Bytef*>(compressed.data());
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string out;
  std::vector<char> block(1 << 16);
  int status = Z_OK;
  while (status == Z_OK && out.size() <= static_cast<size_t>(kMaxTokenizerFileBytes)) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(block.data(), block.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status == Z_OK) {
    throw Error(ErrorCode::limit_exceeded, path, ": decompresses to more than ",
                kMaxTokenizerFileBytes, " bytes");
  }
  if (status != Z_STREAM_END)
    throw Error(ErrorCode::invalid_data, path, ": the gzip data is corrupt or truncated");
  return out;
}

[[noreturn]] void not_merges(const std::string& path, const std::string& found) {
  throw Error(ErrorCode::invalid_data, "'", path,
              "' is not a vocabulary: expected tokenizer.json, BERT's vocab.txt, or OpenAI's "
              "bpe_simple_vocab_16e6.txt.gz with '#version' in its first line and a merge per "
              "line, found ",
              found);
}

}  // namespace

std::unique_ptr<Tokenizer> load_openai_tokenizer(const std::filesystem::path& merges_file,
                                                 int context_length, TokenizerProfile profile) {
  const std::string path = merges_file.string();
  const std::vector<uint8_t> raw = read_file(merges_file, kMaxTokenizerFileBytes);
  const bool compressed = raw.size() >= 2 && raw[0] == 0x1F && raw[1] == 0x8B;
  const std::string text = compressed ? gunzip(raw, path) : std::string(raw.begin(), raw.end());
  // The first line is a comment. The file has more merges than CLIP's 49,408 ids include.
  const size_t first_line = std::min(text.find('\n'), text.size());
  if (text.substr(0, first_line).find("#version") == text.npos)
    not_merges(path, "'" + printable(text.substr(0, first_line), 60) + "' in the first line");
  MergeList merges = read_merges(text.substr(std::min(first_line + 1, text.size())), path);
  if (merges.empty()) not_merges(path, "no merges");
  constexpr size_t kClipMerges = 49152 - 256 - 2;
  if (merges.size() > kClipMerges) merges.resize(kClipMerges);

  std::vector<std::string> tokens;
  tokens.reserve(merges.size() + 514);
  for (const ByteSymbol& s : byte_symbols()) {
    tokens.emplace_back();
    unicode::append_utf8(s.symbol, tokens.back());
  }
  for (size_t i = 0; i < 256; ++i) tokens.push_back(tokens[i] + std::string(kEndOfWord));
  for (const auto& [left, right] : merges) tokens.push_back(left + right);
  ClipTokenizerSettings settings;
  settings.profile = profile;
  settings.context_length = context_length;
  settings.start_id = static_cast<int32_t>(tokens.size());
  settings.end_id = settings.start_id + 1;
  tokens.emplace_back(kStartToken);
  tokens.emplace_back(kEndToken);
  try {
    return std::make_unique<ClipTokenizer>(BytePairModel(std::move(tokens), merges),
                                           std::move(settings));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_data) throw;
    throw Error(error.code(), path + ": " + error.what());
  }
}

}  // namespace sightline

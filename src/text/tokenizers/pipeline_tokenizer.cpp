#include "text/tokenizers/pipeline_tokenizer.h"

#include <sightline/error.h>

#include "base/hash.h"
#include "text/tokenizers/bpe.h"
#include "text/unicode/unicode.h"

namespace sightline {
namespace {

// Calls part(text, id) for the tokens of `trie` in `text`, leftmost and longest, and with id -1 for
// the text between them.
template <typename Part>
void split_at_tokens(std::string_view text, const PieceTrie& trie, bool has_tokens,
                     const Part& part) {
  size_t begin = 0;
  for (size_t at = 0; has_tokens && at < text.size();) {
    int32_t id = -1;
    const uint32_t length = trie.longest(text.substr(at), id);
    if (length == 0) {
      ++at;
      continue;
    }
    if (at > begin) part(text.substr(begin, at - begin), -1, begin == 0);
    part(text.substr(at, length), id, at == 0);
    begin = at += length;
  }
  if (begin < text.size()) part(text.substr(begin), -1, begin == 0);
}

}  // namespace

// The ids of a text so far, without those around them.
struct PipelineTokenizer::Encoded {
  std::vector<int32_t> ids;
  std::string kept;  // the text of the first `limit` ids
  bool full = false;
  std::vector<PieceSpan> pieces;  // of one word

  // Adds a piece that ends `text`, the rest of which precedes it without an id.
  void add(int32_t id, std::string_view text, size_t limit) {
    if (ids.size() == limit) {
      full = true;
    } else {
      ids.push_back(id);
      kept += text;
    }
  }
};

PipelineTokenizer::PipelineTokenizer(TextPipeline pipeline) : p_(std::move(pipeline)) {
  const size_t around = p_.prefix.size() + p_.suffix.size();
  if (p_.context_length < static_cast<int>(around) + 1) {
    throw Error(ErrorCode::invalid_argument, "tokenizer: context_length must be at least ",
                around + 1, " (", around, " special tokens and one of the text), found ",
                p_.context_length);
  }
  ids_.reserve(p_.tokens.size());
  for (size_t i = 0; i < p_.tokens.size(); ++i) ids_[p_.tokens[i]] = static_cast<int32_t>(i);
  std::string text = std::string(profile_name(p_.profile)) + " pipeline 1\n";
  for (const auto* ids : {&p_.prefix, &p_.suffix}) {
    for (const int32_t id : *ids) text += std::to_string(id) + " ";
    text += "\n";
  }
  fingerprint_ = to_hex(Sha256().update(text).update(p_.identity).digest());
  p_.identity.clear();
  p_.identity.shrink_to_fit();
}

void PipelineTokenizer::encode_part(std::string_view text, bool at_start, size_t limit,
                                    Encoded& out) const {
  for (const Word& word : pre_tokenized(p_.pre_tokenizers, {std::string(text), at_start})) {
    if (out.full) return;
    out.pieces.clear();
    p_.model->encode(word.text, out.pieces);
    size_t begin = 0;
    for (const PieceSpan& piece : out.pieces) {
      const int32_t id = piece.id == p_.unknown_piece ? p_.unknown_id : piece.id + p_.id_offset;
      out.add(id, std::string_view(word.text).substr(begin, piece.end - begin), limit);
      begin = piece.end;
      if (out.full) return;
    }
  }
}

void PipelineTokenizer::encode_normalized(std::string_view text, bool at_start, size_t limit,
                                          Encoded& out) const {
  const std::string normal = normalized(p_.normalizers, text);
  split_at_tokens(normal, p_.normalized_tokens, !p_.normalized_tokens.empty(),
                  [&](std::string_view part, int32_t id, bool first) {
                    if (out.full) return;
                    id >= 0 ? out.add(id, part, limit)
                            : encode_part(part, at_start && first, limit, out);
                  });
}

TokenIds PipelineTokenizer::encode(std::string_view text) const {
  std::string repaired;
  if (!unicode::is_valid_utf8(text)) {
    repaired = unicode::encode_utf8(unicode::decode_utf8(text));
    text = repaired;
  }
  const size_t limit = static_cast<size_t>(p_.context_length) - p_.prefix.size() - p_.suffix.size();
  Encoded encoded;
  split_at_tokens(text, p_.raw_tokens, !p_.raw_tokens.empty(),
                  [&](std::string_view part, int32_t id, bool first) {
                    if (encoded.full) return;
                    id >= 0 ? encoded.add(id, part, limit)
                            : encode_normalized(part, first, limit, encoded);
                  });
  TokenIds out;
  out.ids = p_.prefix;
  out.ids.insert(out.ids.end(), encoded.ids.begin(), encoded.ids.end());
  out.ids.insert(out.ids.end(), p_.suffix.begin(), p_.suffix.end());
  out.truncated = encoded.full;
  if (out.truncated) out.kept_text = readable(encoded.kept);
  return out;
}

// Returns text as the model reads it with spaces for U+2581, or with bytes for their symbols, and
// without an incomplete character at its end.
std::string PipelineTokenizer::readable(std::string_view text) const {
  std::string out = p_.profile == TokenizerProfile::byte_level ? token_bytes(text).bytes
                                                               : replace_all(text, kMetaspace, " ");
  out.resize(valid_utf8_size(out));
  return strip_spaces(out, true, true);
}

std::string PipelineTokenizer::token(int32_t id) const {
  if (id < 0 || id >= vocab_size()) {
    throw Error(ErrorCode::invalid_argument, "tokenizer: id ", id,
                " is outside the vocabulary, expected 0 to ", vocab_size() - 1);
  }
  const std::string& spelled = p_.tokens[static_cast<size_t>(id)];
  if (p_.profile != TokenizerProfile::byte_level) return spelled;
  const std::string bytes = token_bytes(spelled).bytes;
  return unicode::is_valid_utf8(bytes) ? bytes : spelled;
}

int32_t PipelineTokenizer::find(std::string_view token) const {
  const auto it = ids_.find(token);
  return it == ids_.end() ? -1 : it->second;
}

}  // namespace sightline

#include "text/tokenizers/sentencepiece_model.h"

#include <sightline/error.h>

#include <bit>
#include <cmath>

#include "base/protobuf.h"
#include "base/utf8.h"
#include "text/tokenizers/tokenizer_files.h"

namespace sightline {
namespace {

using Field = ProtobufField;

class Fields : public ProtobufFields {
 public:
  Fields(std::string_view bytes, const std::string& path)
      : ProtobufFields(bytes, "a SentencePiece model", path) {}
};

// Type of a piece in the file.
enum : uint64_t { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };

void read_piece(std::string_view bytes, const std::string& path, SentencePieceModel& model) {
  if (model.pieces.size() == kMaxVocabulary) {
    throw Error(ErrorCode::limit_exceeded, path, ": more than ", kMaxVocabulary, " pieces");
  }
  const auto id = static_cast<int32_t>(model.pieces.size());
  ScoredPiece& piece = model.pieces.emplace_back();
  uint64_t type = kNormal;
  Fields fields(bytes, path);
  for (Field field; fields.next(field);) {
    if (field.number == 1) piece.text = field.bytes;
    if (field.number == 2) piece.score = std::bit_cast<float>(static_cast<uint32_t>(field.value));
    if (field.number == 3) type = field.value;
  }
  if (piece.text.empty() || !is_valid_utf8(piece.text))
    throw Error(ErrorCode::invalid_data, path, ": piece ", id, " is empty or not valid UTF-8");
  if (!std::isfinite(piece.score)) {
    throw Error(ErrorCode::invalid_data, path, ": piece ", id, " has score ", piece.score,
                ", expected a finite number");
  }
  if (type == kUnknown) {
    if (model.unknown_id >= 0)
      throw Error(ErrorCode::invalid_data, path, ": pieces ", model.unknown_id, " and ", id,
                  " are both the unknown piece");
    model.unknown_id = id;
  }
  piece.kind = type == kNormal        ? PieceKind::normal
               : type == kUserDefined ? PieceKind::user_defined
               : type == kByte        ? PieceKind::byte
                                      : PieceKind::special;  // unused pieces too
}

void read_trainer(std::string_view bytes, const std::string& path, SentencePieceModel& model) {
  Fields fields(bytes, path);
  for (Field field; fields.next(field);) {
    if (field.number == 3) {
      if (field.value != 1 && field.value != 2) {
        throw Error(ErrorCode::unsupported, path, ": model type ", field.value,
                    " is not implemented, expected 1 (Unigram) or 2 (BPE)");
      }
      model.is_unigram = field.value == 1;
    }
    if (field.number == 24) model.whitespace_as_suffix = field.value != 0;
    if (field.number == 35) model.byte_fallback = field.value != 0;
    if (field.number == 46 && field.is_bytes) model.start_piece = field.bytes;
    if (field.number == 47 && field.is_bytes) model.end_piece = field.bytes;
  }
}

void read_normalizer(std::string_view bytes, const std::string& path, SentencePieceModel& model) {
  Fields fields(bytes, path);
  for (Field field; fields.next(field);) {
    if (field.number == 2 && field.is_bytes) model.charsmap = field.bytes;
    if (field.number == 3) model.add_dummy_prefix = field.value != 0;
    if (field.number == 4) model.remove_extra_whitespaces = field.value != 0;
    if (field.number == 5) model.escape_whitespaces = field.value != 0;
  }
}

}  // namespace

SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& path) {
  SentencePieceModel model;
  Fields fields(bytes, path);
  for (Field field; fields.next(field);) {
    if (!field.is_bytes) continue;
    if (field.number == 1) read_piece(field.bytes, path, model);
    if (field.number == 2) read_trainer(field.bytes, path, model);
    if (field.number == 3) read_normalizer(field.bytes, path, model);
  }
  if (model.unknown_id < 0) {
    throw Error(ErrorCode::invalid_data, path, ": expected a SentencePiece model, found ",
                model.pieces.size(), " pieces without an unknown one");
  }
  return model;
}

}  // namespace sightline

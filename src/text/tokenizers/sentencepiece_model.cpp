#include "text/tokenizers/sentencepiece_model.h"

#include <sightline/error.h>

#include <bit>
#include <cmath>

#include "base/utf8.h"
#include "text/tokenizers/tokenizer_files.h"

namespace sightline {
namespace {

// One field of a message.
struct Field {
  uint32_t number = 0;
  uint64_t value = 0;      // of a varint or a fixed32
  std::string_view bytes;  // of a string or message
  bool is_bytes = false;
};

// Reads the fields of a message in order. Groups, which no version of the format has, are rejected.
class Fields {
 public:
  Fields(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  bool next(Field& field) {
    if (bytes_.empty()) return false;
    const uint64_t tag = varint();
    field = {};
    field.number = static_cast<uint32_t>(tag >> 3);
    switch (tag & 7) {
      case 0:
        field.value = varint();
        break;
      case 1:
        field.value = fixed(8);
        break;
      case 2:
        field.bytes = take(varint());
        field.is_bytes = true;
        break;
      case 5:
        field.value = fixed(4);
        break;
      default:
        fail("a field of unknown type " + std::to_string(tag & 7));
    }
    if (field.number == 0) fail("a field without a number");
    return true;
  }

 private:
  [[noreturn]] void fail(const std::string& found) const {
    throw Error(ErrorCode::invalid_data, path_, ": expected a SentencePiece model, found ", found);
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail("a number of more than ten bytes");
  }
  uint64_t fixed(size_t size) {
    const std::string_view bytes = take(size);
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i)
      value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
    return value;
  }
  std::string_view take(uint64_t size) {
    if (size > bytes_.size()) fail("the end of the data within a field");
    const std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }

  std::string_view bytes_;
  const std::string& path_;
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

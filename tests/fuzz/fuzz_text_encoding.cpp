// Fuzzes the decoding of text files: any bytes yield valid UTF-8 without zero bytes, or an Error,
// and the same in one piece, in two pieces, and through a stream.
#include <sightline/error.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "base/text_encoding.h"
#include "base/utf8.h"
#include "data/readers/line_reader.h"
#include "temporary_file.h"

namespace {

using namespace sightline;

std::optional<std::string> decoded(std::string_view bytes) {
  try {
    return decode_text(bytes, "x");
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string in_two_pieces(std::string_view bytes, size_t cut) {
  const ByteOrderMark mark = byte_order_mark(bytes);
  bytes.remove_prefix(mark.bytes);
  cut = bytes.empty() ? 0 : cut % bytes.size();
  Utf8Converter converter(mark.encoding);
  std::string text;
  converter.append(bytes.substr(0, cut), text);
  converter.append(bytes.substr(cut), text);
  converter.finish(text);
  return text;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string pieces = in_two_pieces(bytes, data[0]);
  const auto text = decoded(bytes);
  require(text.has_value() == text_problem(pieces).empty());
  if (!text) return 0;
  require(*text == pieces && is_valid_utf8(*text) && text->find('\0') == text->npos);
  const fuzz::TemporaryFile file(data + 1, size - 1);
  LineReader reader(file.path(), 1 << 20);
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  require(lines == split_lines(*text) && reader.number() <= static_cast<int64_t>(lines.size()));
  try_parse_json(*text);
  return 0;
}

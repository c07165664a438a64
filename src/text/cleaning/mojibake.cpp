#include "text/cleaning/mojibake.h"

#include "text/cleaning/badness.h"
#include "text/cleaning/char_class.h"
#include "text/cleaning/mojibake_bytes.h"

namespace sightline {
namespace {

// Maximal recursion depth of repairs. Each level has a shorter text; real texts need one or two.
constexpr int kMaxDepth = 32;

std::u32string fix_encoding_at(std::u32string text, int depth);

// Returns the length of the run of UTF-8-like sequences at a position, or 0 if there is none.
size_t utf8_like_run(std::u32string_view text, size_t at) {
  if (at > 0 && (char_classes(text[at - 1]) & kContinuationStrict)) return 0;
  const auto continues = [&](size_t from, size_t count) {
    if (from + count > text.size()) return false;
    for (size_t i = from; i < from + count; ++i) {
      if ((char_classes(text[i]) & kContinuation) == 0) return false;
    }
    return true;
  };
  size_t end = at;
  while (end < text.size()) {
    const uint32_t classes = char_classes(text[end]);
    if ((classes & kFirstOf2) && continues(end + 1, 1)) {
      end += 2;
    } else if ((classes & kFirstOf3) && continues(end + 1, 2)) {
      end += 3;
    } else if ((classes & kFirstOf4) && continues(end + 1, 3)) {
      end += 4;
    } else {
      break;
    }
  }
  return end - at;
}

// Repairs each run that looks like UTF-8 separately.
// Source: ftfy fixes.decode_inconsistent_utf8
std::u32string fix_runs(std::u32string_view text, int depth) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_like_run(text, at);
    if (length == 0) {
      out.push_back(text[at++]);
      continue;
    }
    const std::u32string_view run = text.substr(at, length);
    if (length < text.size() && depth < kMaxDepth && looks_like_mojibake(run)) {
      out += fix_encoding_at(std::u32string(run), depth + 1);
    } else {
      out += run;
    }
    at += length;
  }
  return out;
}

std::optional<std::u32string> decode_as_utf8(const CodePage& page, std::string bytes) {
  // In MacRoman, an en dash and a space look like a sequence with a lost A0.
  if (std::string_view(page.name) != "macroman") bytes = restore_byte_a0(bytes);
  if (page.sloppy) bytes = replace_lossy_sequences(bytes);
  const bool variants = bytes.find_first_of("\xED\xC0") != std::string::npos;
  return variants ? decode_utf8_variants(bytes) : decode_strict(bytes);
}

bool is_c1(char32_t c) {
  return c >= 0x80 && c <= 0x9F;
}

// Reinterprets Latin-1 text as Windows-1252. Returns none if a byte is unassigned there.
std::optional<std::u32string> latin1_as_windows1252(std::u32string_view text) {
  std::u32string out(text);
  for (char32_t& c : out) {
    if (!is_c1(c)) continue;
    c = kWindows1252[c - 0x80];
    if (c == 0) return std::nullopt;
  }
  return out;
}

// Applies one repair step. Returns the text unchanged if there is nothing to repair.
// Source: ftfy _fix_encoding_one_step_and_explain
std::u32string fix_encoding_once(const std::u32string& text, int depth) {
  const auto is_ascii = [](char32_t c) { return c < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii) || !looks_like_mojibake(text)) return text;
  for (const CodePage& page : kCodePages) {
    auto bytes = encode_in(page, text);
    if (!bytes) continue;
    if (auto fixed = decode_as_utf8(page, std::move(*bytes))) return *fixed;
  }
  std::u32string fixed = fix_runs(text, depth);
  if (fixed != text) return fixed;
  const bool is_latin1 =
      std::all_of(text.begin(), text.end(), [](char32_t c) { return c < 0x100; });
  if (is_latin1) {
    const auto converted = latin1_as_windows1252(text);
    if (converted && *converted != text) return *converted;
  }
  for (char32_t& c : fixed) {
    if (is_c1(c) && kWindows1252[c - 0x80] != 0) c = kWindows1252[c - 0x80];
  }
  return fixed;
}

std::u32string fix_encoding_at(std::u32string text, int depth) {
  while (true) {
    std::u32string fixed = fix_encoding_once(text, depth);
    if (fixed == text) return text;
    text = std::move(fixed);
  }
}

}  // namespace

std::u32string fix_encoding(std::u32string text) {
  return fix_encoding_at(std::move(text), 0);
}

}  // namespace sightline

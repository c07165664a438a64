// Normalization forms D and C (Unicode Standard Annex 15): canonical decomposition and ordering,
// then for C canonical composition.
#include "text/unicode/nfc.h"

#include <algorithm>
#include <vector>

#include "text/unicode/unicode.h"
#include "text/unicode/unicode_tables.h"

namespace sightline::unicode {
namespace {

constexpr char32_t kSBase = 0xAC00, kLBase = 0x1100, kVBase = 0x1161, kTBase = 0x11A7;
constexpr char32_t kLCount = 19, kVCount = 21, kTCount = 28, kSCount = kLCount * kVCount * kTCount;

bool contains(std::span<const CodePointRange> ranges, char32_t c) {
  const auto it = std::upper_bound(ranges.begin(), ranges.end(), c,
                                   [](char32_t v, const CodePointRange& r) { return v < r.first; });
  return it != ranges.begin() && c <= (it - 1)->last;
}

uint8_t combining_class(char32_t c, Flavor flavor) {
  if (c < 0x300) return 0;
  const auto it = std::upper_bound(kCombining.begin(), kCombining.end(), c,
                                   [](char32_t v, const CombiningRange& r) { return v < r.first; });
  if (it == kCombining.begin() || c > (it - 1)->last) return 0;
  if (flavor == Flavor::tokenizers && contains(kHfNotCombining, c)) return 0;
  return (it - 1)->ccc;
}

const Decomposition* decomposition(char32_t c, Flavor flavor) {
  if (c < 0xC0) return nullptr;
  const auto it =
      std::lower_bound(kDecompositions.begin(), kDecompositions.end(), c,
                       [](const Decomposition& d, char32_t v) { return d.composed < v; });
  if (it == kDecompositions.end() || it->composed != c) return nullptr;
  if (flavor == Flavor::tokenizers && contains(kHfNotDecomposed, c)) return nullptr;
  return &*it;
}

void decompose(char32_t c, Flavor flavor, std::u32string& out) {
  if (c >= kSBase && c < kSBase + kSCount) {
    const char32_t index = c - kSBase;
    out.push_back(kLBase + index / (kVCount * kTCount));
    out.push_back(kVBase + index % (kVCount * kTCount) / kTCount);
    if (index % kTCount != 0) out.push_back(kTBase + index % kTCount);
  } else if (const Decomposition* parts = decomposition(c, flavor)) {
    decompose(parts->first, flavor, out);
    if (parts->second != 0) decompose(parts->second, flavor, out);
  } else {
    out.push_back(c);
  }
}

// Returns the decompositions that compose again, sorted by (first, second).
const std::vector<const Decomposition*>& compositions() {
  static const auto sorted = [] {
    std::vector<const Decomposition*> pairs;
    for (const Decomposition& d : kDecompositions) {
      if (d.composes) pairs.push_back(&d);
    }
    std::sort(pairs.begin(), pairs.end(), [](const auto* a, const auto* b) {
      return std::pair(a->first, a->second) < std::pair(b->first, b->second);
    });
    return pairs;
  }();
  return sorted;
}

// Returns the composition of a and b, or 0 if there is none.
char32_t compose(char32_t a, char32_t b, Flavor flavor) {
  if (a >= kLBase && a < kLBase + kLCount && b >= kVBase && b < kVBase + kVCount) {
    return kSBase + ((a - kLBase) * kVCount + (b - kVBase)) * kTCount;
  }
  if (a >= kSBase && a < kSBase + kSCount && (a - kSBase) % kTCount == 0 && b > kTBase &&
      b < kTBase + kTCount) {
    return a + (b - kTBase);
  }
  const auto& pairs = compositions();
  const auto it =
      std::lower_bound(pairs.begin(), pairs.end(), std::pair(a, b),
                       [](const Decomposition* d, const std::pair<char32_t, char32_t>& key) {
                         return std::pair(d->first, d->second) < key;
                       });
  if (it == pairs.end() || (*it)->first != a || (*it)->second != b) return 0;
  if (flavor == Flavor::tokenizers && contains(kHfNotDecomposed, (*it)->composed)) return 0;
  return (*it)->composed;
}

void order_marks(std::u32string& text, const std::vector<uint8_t>& classes) {
  std::vector<std::pair<uint8_t, char32_t>> run;
  for (size_t i = 0; i < text.size();) {
    if (classes[i] == 0) {
      ++i;
      continue;
    }
    run.clear();
    for (size_t j = i; j < text.size() && classes[j] != 0; ++j)
      run.emplace_back(classes[j], text[j]);
    std::stable_sort(run.begin(), run.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [ccc, c] : run) text[i++] = c;
  }
}

}  // namespace

std::u32string to_nfd(std::u32string_view text, Flavor flavor) {
  std::u32string parts;
  parts.reserve(text.size() + 16);
  for (const char32_t c : text) decompose(c, flavor, parts);
  std::vector<uint8_t> classes(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) classes[i] = combining_class(parts[i], flavor);
  order_marks(parts, classes);
  return parts;
}

std::u32string to_nfc(std::u32string_view text, Flavor flavor) {
  // Text below U+0300 is already in NFC.
  if (std::all_of(text.begin(), text.end(), [](char32_t c) { return c < 0x300; })) {
    return std::u32string(text);
  }
  const std::u32string parts = to_nfd(text, flavor);
  std::u32string out;
  out.reserve(parts.size());
  size_t starter = std::u32string::npos;  // index into out
  uint8_t last_class = 0;                 // of the last character appended after the starter
  for (const char32_t c : parts) {
    const uint8_t ccc = combining_class(c, flavor);
    if (starter != std::u32string::npos) {
      const bool adjacent = starter + 1 == out.size();
      if (adjacent || (last_class != 0 && last_class < ccc)) {
        if (const char32_t composed = compose(out[starter], c, flavor)) {
          out[starter] = composed;
          continue;
        }
      }
    }
    if (ccc == 0) starter = out.size();
    last_class = ccc;
    out.push_back(c);
  }
  return out;
}

}  // namespace sightline::unicode

#include "image/pnm_text.h"

#include <algorithm>
#include <cstring>

#include "image/pixels.h"

namespace sightline::image {
namespace {

constexpr size_t kMaxToken = 10;  // characters
constexpr size_t kMaxLine = 1000;

bool is_space(uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::optional<int64_t> parse_pnm_number(const std::string& token) {
  if (token.empty() || token.size() > kMaxToken) return std::nullopt;
  int64_t value = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

void PnmText::fail() const {
  throw_invalid_data(name_, "is truncated: the PNM data ends after " +
                                std::to_string(bytes_.size()) +
                                " bytes, before the image is complete");
}

void PnmText::skip(size_t count) {
  if (count > bytes_.size() - at_) fail();
  at_ += count;
}

void PnmText::skip_comment() {
  while (!at_end() && bytes_[at_] != '\n' && bytes_[at_] != '\r') ++at_;
  if (!at_end()) ++at_;
}

std::string PnmText::token() {
  std::string found;
  while (!at_end()) {
    const uint8_t c = bytes_[at_++];
    if (c == '#') {
      skip_comment();
    } else if (!is_space(c)) {
      found += static_cast<char>(c);
      if (found.size() > kMaxToken) {
        throw_invalid_data(name_, "is a corrupt PNM: it has the number '" + printable(found) +
                                      "' of more than " + std::to_string(kMaxToken) +
                                      " characters");
      }
    } else if (!found.empty()) {
      break;
    }
  }
  if (found.empty()) fail();
  return found;
}

bool PnmText::bit() {
  while (!at_end()) {
    const uint8_t c = bytes_[at_++];
    if (c == '0' || c == '1') return c == '1';
    if (c == '#') {
      skip_comment();
    } else if (!is_space(c)) {
      throw_invalid_data(name_, "is a corrupt PBM: it has the character '" +
                                    printable(std::string(1, static_cast<char>(c))) +
                                    "', expected 0 or 1");
    }
  }
  fail();
}

std::string PnmText::line() {
  std::string found;
  while (!at_end() && bytes_[at_] != '\n') {
    found += static_cast<char>(bytes_[at_++]);
    if (found.size() > kMaxLine) {
      throw_invalid_data(name_, "is a corrupt PAM: its header has a line of more than " +
                                    std::to_string(kMaxLine) + " characters");
    }
  }
  if (at_end()) fail();
  ++at_;
  return found;
}

}  // namespace sightline::image

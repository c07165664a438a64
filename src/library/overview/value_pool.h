// Texts by number.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sightline::library {

// Numbers distinct texts from 1. Texts that are equal when folded (search/filter/text_match.h) have
// one number; the first of them stands for all. Not thread-safe.
class ValuePool {
 public:
  // Returns 0 for a blank text.
  uint32_t add(std::string_view text);

  const std::string& text(uint32_t number) const { return texts_[number]; }
  const std::string& folded_text(uint32_t number) const { return folded_texts_[number]; }
  size_t size() const { return texts_.size(); }  // numbers are smaller

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Numbers = std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>>;

  Numbers exact_, folded_;
  std::vector<std::string> texts_ = {""}, folded_texts_ = {""};
  std::string last_;  // neighbours often have the same text
  uint32_t last_number_ = 0;
};

}  // namespace sightline::library

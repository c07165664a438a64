#include "library/overview/value_pool.h"

#include "base/text.h"
#include "search/filter/text_match.h"

namespace sightline::library {

uint32_t ValuePool::add(std::string_view text) {
  if (text == last_) return last_number_;
  last_ = text;
  if (const auto known = exact_.find(text); known != exact_.end())
    return last_number_ = known->second;
  if (is_blank(text)) return last_number_ = 0;
  const std::string folded = filter::folded(text);
  const auto next = static_cast<uint32_t>(texts_.size());
  const auto [place, added] = folded_.emplace(folded, next);
  if (added) {
    texts_.emplace_back(text);
    folded_texts_.push_back(folded);
  }
  exact_.emplace(text, place->second);
  return last_number_ = place->second;
}

}  // namespace sightline::library

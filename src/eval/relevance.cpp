#include "eval/relevance.h"

#include <sightline/error.h>

#include <algorithm>
#include <map>
#include <string>

namespace sightline {
namespace {

// Groups the text indices 0..M-1 by identical text. Each text is its own group if text_identity is
// empty.
std::vector<std::vector<int64_t>> texts_by_identity(const RetrievalSet& set,
                                                    std::vector<int64_t>& group_of_text) {
  const auto count = static_cast<size_t>(set.texts.rows);
  group_of_text.resize(count);
  std::map<int64_t, int64_t> group_of_identity;
  std::vector<std::vector<int64_t>> groups;
  for (size_t t = 0; t < count; ++t) {
    const int64_t identity =
        set.text_identity.empty() ? static_cast<int64_t>(t) : set.text_identity[t];
    const auto [at, inserted] =
        group_of_identity.try_emplace(identity, static_cast<int64_t>(groups.size()));
    if (inserted) groups.emplace_back();
    group_of_text[t] = at->second;
    groups[static_cast<size_t>(at->second)].push_back(static_cast<int64_t>(t));
  }
  return groups;
}

void sort_unique(std::vector<int64_t>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

void check_retrieval_set(const RetrievalSet& set) {
  const auto texts = static_cast<size_t>(set.texts.rows);
  if (set.text_image.size() != texts ||
      (!set.text_identity.empty() && set.text_identity.size() != texts)) {
    throw Error(ErrorCode::invalid_argument, "a retrieval set of ", texts, " texts has ",
                set.text_image.size(), " image indices and ", set.text_identity.size(),
                " text identities");
  }
  for (const int64_t image : set.text_image) {
    if (image < 0 || image >= set.images.rows) {
      throw Error(ErrorCode::invalid_argument, "a text belongs to image ", image,
                  ", expected 0 to ", set.images.rows - 1);
    }
  }
}

DirectionalRelevance strict_relevance(const RetrievalSet& set) {
  DirectionalRelevance relevance;
  relevance.images_of_text.resize(static_cast<size_t>(set.texts.rows));
  relevance.texts_of_image.resize(static_cast<size_t>(set.images.rows));
  for (size_t t = 0; t < set.text_image.size(); ++t) {
    relevance.images_of_text[t] = {set.text_image[t]};
    relevance.texts_of_image[static_cast<size_t>(set.text_image[t])].push_back(
        static_cast<int64_t>(t));
  }
  return relevance;
}

DirectionalRelevance equivalent_relevance(const RetrievalSet& set) {
  std::vector<int64_t> group_of_text;
  const auto groups = texts_by_identity(set, group_of_text);
  DirectionalRelevance relevance;
  relevance.images_of_text.resize(static_cast<size_t>(set.texts.rows));
  relevance.texts_of_image.resize(static_cast<size_t>(set.images.rows));
  for (size_t t = 0; t < set.text_image.size(); ++t) {
    const auto& same = groups[static_cast<size_t>(group_of_text[t])];
    auto& texts = relevance.texts_of_image[static_cast<size_t>(set.text_image[t])];
    texts.insert(texts.end(), same.begin(), same.end());
    for (const int64_t other : same) {
      relevance.images_of_text[t].push_back(set.text_image[static_cast<size_t>(other)]);
    }
    sort_unique(relevance.images_of_text[t]);
  }
  for (auto& texts : relevance.texts_of_image) sort_unique(texts);
  return relevance;
}

}  // namespace sightline

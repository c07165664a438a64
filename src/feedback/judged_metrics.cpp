#include "feedback/judged_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace sightline::feedback {
namespace {

double discounted_gain(const std::vector<JudgedImage>& images, int64_t depth) {
  double sum = 0;
  for (int64_t i = 0; i < std::min(depth, static_cast<int64_t>(images.size())); ++i)
    sum += images[static_cast<size_t>(i)].grade / std::log2(static_cast<double>(i) + 2);
  return sum;
}

}  // namespace

double condensed_ndcg(std::vector<JudgedImage> images, int64_t depth) {
  std::ranges::sort(images, [](const JudgedImage& a, const JudgedImage& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.grade < b.grade;
  });
  const double found = discounted_gain(images, depth);
  std::ranges::sort(images, std::greater(), &JudgedImage::grade);
  const double ideal = discounted_gain(images, depth);
  return ideal > 0 ? found / ideal : 0;
}

double binary_preference(const std::vector<JudgedImage>& images) {
  std::vector<double> irrelevant;
  for (const JudgedImage& image : images) {
    if (image.grade <= 0) irrelevant.push_back(image.similarity);
  }
  const auto relevant = static_cast<int64_t>(images.size() - irrelevant.size());
  if (relevant == 0) return 0;
  const int64_t least = std::min(relevant, static_cast<int64_t>(irrelevant.size()));
  if (least == 0) return 1;
  double sum = 0;
  for (const JudgedImage& image : images) {
    if (image.grade <= 0) continue;
    const int64_t before = std::ranges::count_if(
        irrelevant, [&](double similarity) { return similarity >= image.similarity; });
    sum += 1 - static_cast<double>(std::min(before, least)) / static_cast<double>(least);
  }
  return sum / static_cast<double>(relevant);
}

}  // namespace sightline::feedback

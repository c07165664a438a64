#include "report/noise_groups.h"

#include <algorithm>

namespace sightline {
namespace {

bool same(const std::optional<Interval>& a, const std::optional<Interval>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->low == b->low && a->high == b->high;
}

bool same(const NoisePoint& a, const NoisePoint& b) {
  const auto equal = [](const NoiseMetric& x, const NoiseMetric& y) {
    return x.value == y.value && same(x.interval, y.interval);
  };
  return equal(a.accuracy, b.accuracy) && equal(a.recall_at_1, b.recall_at_1) &&
         equal(a.recall_at_5, b.recall_at_5) &&
         equal(a.mean_reciprocal_rank, b.mean_reciprocal_rank);
}

bool same_kinds(const ExperimentResult& result, NoiseKind a, NoiseKind b) {
  return std::ranges::all_of(result.models, [&](const ModelResult& model) {
    if (!model.robustness) return true;
    return std::ranges::equal(points_of(*model.robustness, a), points_of(*model.robustness, b),
                              [](const auto* x, const auto* y) { return same(*x, *y); });
  });
}

bool changes_nothing(const ExperimentResult& result, NoiseKind kind) {
  return std::ranges::all_of(result.models, [&](const ModelResult& model) {
    if (!model.robustness) return true;
    return std::ranges::all_of(points_of(*model.robustness, kind), [&](const NoisePoint* point) {
      return same(*point, model.robustness->clean);
    });
  });
}

}  // namespace

std::vector<const NoisePoint*> points_of(const Robustness& robustness, NoiseKind kind) {
  std::vector<const NoisePoint*> points;
  for (const NoisePoint& point : robustness.points) {
    if (point.kind == kind) points.push_back(&point);
  }
  return points;
}

std::vector<NoiseGroup> noise_groups(const ExperimentResult& result) {
  std::vector<NoiseGroup> groups;
  for (const NoiseKind kind : result.noise.kinds) {
    const auto group = std::ranges::find_if(
        groups, [&](const NoiseGroup& g) { return same_kinds(result, g.kinds[0], kind); });
    if (group == groups.end()) {
      groups.push_back({{kind}, changes_nothing(result, kind)});
    } else {
      group->kinds.push_back(kind);
    }
  }
  return groups;
}

std::vector<NoiseGroup> shown_noise_groups(const ExperimentResult& result) {
  std::vector<NoiseGroup> groups = noise_groups(result);
  const bool all = std::ranges::all_of(groups, &NoiseGroup::unchanged);
  if (all) {
    groups.resize(std::min<size_t>(1, groups.size()));
  } else {
    std::erase_if(groups, [](const NoiseGroup& group) { return group.unchanged; });
  }
  return groups;
}

std::string noise_groups_text(const ExperimentResult& result) {
  std::string text;
  for (const NoiseGroup& group : noise_groups(result)) {
    const bool several = group.kinds.size() > 1;
    if (!group.unchanged && !several) continue;
    text += (text.empty() ? "" : " ") + noise_titles(group);
    text += group.unchanged ? (several ? " change" : " changes") +
                                  std::string(
                                      " nothing: all figures equal those of the clean "
                                      "captions.")
                            : " have the same figures.";
  }
  return text;
}

std::string noise_title(NoiseKind kind) {
  switch (kind) {
    case NoiseKind::noise_words:
      return "noise words added";
    case NoiseKind::typos:
      return "typos";
    case NoiseKind::dropped_words:
      return "words dropped";
    case NoiseKind::upper_case:
      return "UPPER CASE";
    case NoiseKind::title_case:
      return "Title Case";
    case NoiseKind::random_case:
      return "rAnDoM cASe";
  }
  return "";
}

std::string noise_titles(const NoiseGroup& group) {
  std::string titles;
  for (size_t i = 0; i < group.kinds.size(); ++i) {
    if (i > 0) titles += i + 1 == group.kinds.size() ? " and " : ", ";
    titles += noise_title(group.kinds[i]);
  }
  return titles;
}

}  // namespace sightline

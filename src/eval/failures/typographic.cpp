#include "eval/failures/typographic.h"

#include <algorithm>
#include <array>
#include <limits>

#include "eval/failures/changes.h"
#include "eval/similarity.h"

namespace sightline {
namespace {

constexpr size_t kClean = static_cast<size_t>(TypographicCondition::clean);
constexpr size_t kScrambled = static_cast<size_t>(TypographicCondition::scrambled);
constexpr size_t kAttacked = static_cast<size_t>(TypographicCondition::attacked);

// The probed images: their attacks, and their own texts.
struct Probe {
  size_t attack = 0;
  std::vector<int64_t> texts;
};

std::vector<Probe> probes_of(const TypographicInput& input) {
  std::vector<std::vector<int64_t>> texts(static_cast<size_t>(input.set.images.rows));
  for (size_t t = 0; t < input.set.text_image.size(); ++t)
    texts[static_cast<size_t>(input.set.text_image[t])].push_back(static_cast<int64_t>(t));
  std::vector<Probe> probes;
  for (size_t a = 0; a < input.attacks.size(); ++a) {
    auto& own = texts[static_cast<size_t>(input.attacks[a].row)];
    if (input.vectors.encoded[a] && !own.empty()) probes.push_back({a, own});
  }
  return probes;
}

class Measurement {
 public:
  explicit Measurement(const TypographicInput& input) : input_(input), probes_(probes_of(input)) {}

  const std::vector<Probe>& probes() const { return probes_; }

  std::span<const float> image(const Probe& probe, size_t condition) const {
    const auto at = static_cast<int64_t>(probe.attack);
    if (condition == kScrambled) return input_.vectors.scrambled.row(at);
    if (condition == kAttacked) return input_.vectors.attacked.row(at);
    return input_.set.images.row(input_.attacks[probe.attack].row);
  }

  double wrong(const Probe& probe, size_t condition) const {
    return similarity(input_.captions.row(input_.attacks[probe.attack].wrong),
                      image(probe, condition));
  }

  // The own text that is the most similar.
  std::pair<int64_t, double> best_own(const Probe& probe, size_t condition) const {
    std::pair<int64_t, double> best{probe.texts[0], -std::numeric_limits<double>::infinity()};
    for (const int64_t t : probe.texts) {
      const double value = similarity(input_.set.texts.row(t), image(probe, condition));
      if (value > best.second) best = {t, value};
    }
    return best;
  }

  // The ranks of the own image of each probed text, if only this image is changed.
  std::vector<int64_t> text_ranks(size_t condition) const {
    std::vector<int64_t> texts, own;
    std::vector<double> threshold;
    for (const Probe& probe : probes_) {
      for (const int64_t t : probe.texts) {
        texts.push_back(t);
        own.push_back(input_.attacks[probe.attack].row);
        threshold.push_back(similarity(input_.set.texts.row(t), image(probe, condition)));
      }
    }
    std::vector<int64_t> ranks(texts.size(), 1);
    for_each_similarity(gather(input_.set.texts, texts), input_.set.images,
                        [&](int64_t query, int64_t first, std::span<const double> values) {
                          const auto q = static_cast<size_t>(query);
                          for (size_t i = 0; i < values.size(); ++i) {
                            if (first + static_cast<int64_t>(i) != own[q])
                              ranks[q] += !(values[i] < threshold[q]);
                          }
                        });
    return ranks;
  }

  // The ranks of the best own text of each probed image among all texts.
  std::vector<int64_t> image_ranks(size_t condition) const {
    Matrix images(static_cast<int64_t>(probes_.size()), input_.set.images.dim);
    std::vector<double> threshold;
    for (size_t p = 0; p < probes_.size(); ++p) {
      std::ranges::copy(image(probes_[p], condition), images.row(static_cast<int64_t>(p)).begin());
      threshold.push_back(best_own(probes_[p], condition).second);
    }
    std::vector<int64_t> ranks(probes_.size(), 1);
    for_each_similarity(images, input_.set.texts,
                        [&](int64_t query, int64_t first, std::span<const double> values) {
                          const auto q = static_cast<size_t>(query);
                          const int64_t own = input_.attacks[probes_[q].attack].row;
                          for (size_t i = 0; i < values.size(); ++i) {
                            if (input_.set.text_image[static_cast<size_t>(first) + i] != own)
                              ranks[q] += !(values[i] < threshold[q]);
                          }
                        });
    return ranks;
  }

 private:
  static Matrix gather(const Matrix& from, const std::vector<int64_t>& rows) {
    Matrix out(static_cast<int64_t>(rows.size()), from.dim);
    for (size_t i = 0; i < rows.size(); ++i)
      std::ranges::copy(from.row(rows[i]), out.row(static_cast<int64_t>(i)).begin());
    return out;
  }

  const TypographicInput& input_;
  std::vector<Probe> probes_;
};

// The images on which the wrong caption wins only with the word, neither without one nor with its
// letters in another order, by how far it wins.
void choose_examples(const Measurement& measurement, const TypographicInput& input,
                     MeasuredAttacks& out) {
  struct Choice {
    TypographicExample example;
    size_t attack;
    int64_t own_text;
  };
  std::vector<Choice> choices;
  for (const Probe& probe : measurement.probes()) {
    const Attack& attack = input.attacks[probe.attack];
    const auto [own_text, own_clean] = measurement.best_own(probe, kClean);
    TypographicExample e;
    e.row = attack.row;
    e.word = attack.word;
    e.own_clean = own_clean;
    e.wrong_clean = measurement.wrong(probe, kClean);
    e.own_attacked = measurement.best_own(probe, kAttacked).second;
    e.wrong_attacked = measurement.wrong(probe, kAttacked);
    const bool control =
        measurement.wrong(probe, kScrambled) < measurement.best_own(probe, kScrambled).second;
    if (e.wrong_attacked >= e.own_attacked && e.wrong_clean < e.own_clean && control)
      choices.push_back({std::move(e), probe.attack, own_text});
  }
  std::ranges::stable_sort(choices, std::ranges::greater(), [](const Choice& choice) {
    return choice.example.wrong_attacked - choice.example.own_attacked;
  });
  if (choices.size() > kMaxTypographicExamples) choices.resize(kMaxTypographicExamples);
  for (Choice& choice : choices) {
    out.result.examples.push_back(std::move(choice.example));
    out.attack.push_back(choice.attack);
    out.own_text.push_back(choice.own_text);
  }
}

}  // namespace

std::string_view typographic_name(TypographicCondition condition) {
  switch (condition) {
    case TypographicCondition::clean:
      return "clean";
    case TypographicCondition::scrambled:
      return "scrambled";
    case TypographicCondition::attacked:
      return "attacked";
  }
  return "";
}

MeasuredAttacks measure_attacks(const TypographicInput& input, const StatisticsOptions& statistics,
                                const ProgressFn& progress, const std::string& stage) {
  const Measurement measurement(input);
  MeasuredAttacks out;
  out.result.images = static_cast<int64_t>(measurement.probes().size());
  out.result.conditions.resize(kTypographicConditions);
  std::vector<std::vector<double>> wrong_first(kTypographicConditions);
  std::vector<std::vector<int64_t>> text_ranks(kTypographicConditions),
      image_ranks(kTypographicConditions);
  std::vector<int64_t> text_owner, image_owner;
  for (const Probe& probe : measurement.probes()) {
    const int64_t row = input.attacks[probe.attack].row;
    image_owner.push_back(row);
    image_ranks[kClean].push_back(input.ranks.image_rank[static_cast<size_t>(row)]);
    for (const int64_t t : probe.texts) {
      text_owner.push_back(row);
      text_ranks[kClean].push_back(input.ranks.text_rank[static_cast<size_t>(t)]);
    }
    for (size_t c = 0; c < kTypographicConditions; ++c)
      wrong_first[c].push_back(measurement.wrong(probe, c) >=
                               measurement.best_own(probe, c).second);
  }
  out.result.captions = static_cast<int64_t>(text_owner.size());
  for (const size_t condition : {kScrambled, kAttacked}) {
    text_ranks[condition] = measurement.text_ranks(condition);
    image_ranks[condition] = measurement.image_ranks(condition);
    if (progress) progress({"ranking, " + stage, static_cast<int64_t>(condition), 2, ""});
  }
  const auto shares = changed_means(wrong_first, statistics);
  const auto texts = changed_retrieval(text_ranks, text_owner, input.set.images.rows, statistics,
                                       progress, "bootstrap of captions, " + stage);
  const auto images = changed_retrieval(image_ranks, image_owner, input.set.texts.rows, statistics,
                                        progress, "bootstrap of images, " + stage);
  for (size_t c = 0; c < kTypographicConditions; ++c)
    out.result.conditions[c] = {shares[c], texts[c], images[c]};
  choose_examples(measurement, input, out);
  return out;
}

}  // namespace sightline

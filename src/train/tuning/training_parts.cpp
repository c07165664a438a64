#include "train/tuning/training_parts.h"

#include <sightline/error.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "eval/gather_rows.h"

namespace sightline {
namespace {

constexpr double kChoiceShare = 0.25, kValidationShare = 0.15;
constexpr int64_t kLeastTraining = 2;  // a pair needs another one to differ from

void require(const TrialData& data, int64_t found, int64_t least, const char* part) {
  if (found >= least) return;
  throw Error(ErrorCode::invalid_data, "the selection data leave ", found,
              " images with a caption ", part, ", expected at least ", least, ": of ",
              data.split().selection.size(), " images, the largest group of near-duplicates has ",
              data.split().largest_group, "; choose other splits or shares");
}

}  // namespace

SelectionDivision divide_selection(const TrialData& data, const TuningData& shares) {
  const TuningSplit& split = data.split();
  const auto count = static_cast<double>(split.selection.size());
  const double choice = count * shares.choice_share.value_or(kChoiceShare);
  const double validation = count * shares.validation_share.value_or(kValidationShare);
  SelectionDivision out;
  std::vector<int64_t>* part = nullptr;
  int64_t group = -1, captioned = 0;
  double taken = 0;
  for (const int64_t i : split.selection) {
    if (const int64_t own = split.group_of[static_cast<size_t>(i)]; own != group) {
      group = own;
      part = taken < choice                ? &out.choice
             : taken < choice + validation ? &out.validation
                                           : &out.training;
    }
    ++taken;
    const bool has_caption = !data.row(i).captions.empty();
    if (part == &out.choice) {
      captioned += has_caption ? 1 : 0;
    } else if (!has_caption || !data.can_be_decoded(i)) {
      ++out.left_out;
      continue;
    }
    part->push_back(i);
  }
  std::ranges::sort(out.choice);
  std::ranges::sort(out.validation);
  require(data, captioned, 1, "to choose between trials");
  require(data, std::ssize(out.validation), 1, "for validation");
  require(data, std::ssize(out.training), kLeastTraining, "to train on");
  return out;
}

TrainingParts::TrainingParts(TrialData& data, const TuningData& plan)
    : data_(data), division_(divide_selection(data, plan)) {
  input_ = plan.datasets.front();
  input_.splits = splits_of(plan);
  training_ = {"training", division_.training};
  std::ranges::sort(training_.rows);
  validation_ = {"validation", division_.validation};
}

int64_t TrainingParts::training_images(double share) const {
  const auto all = std::ssize(division_.training);
  return std::clamp<int64_t>(std::llround(share * static_cast<double>(all)), kLeastTraining, all);
}

TrainingParts::ImageRows TrainingParts::images_of(std::vector<int64_t> rows) const {
  std::ranges::sort(rows);
  std::map<Digest, size_t> known;
  ImageRows images;
  for (const int64_t i : rows) {
    const auto [at, fresh] = known.try_emplace(data_.row(i).digest, images.size());
    if (fresh) images.emplace_back();
    images[at->second].push_back(i);
  }
  return images;
}

// The vectors of the whole part are computed together, whatever the share.
RetrievalSet TrainingParts::start_vectors(const RowPart& part, const ImageRows& images,
                                          const std::string& start, const ProgressFn& progress) {
  Configuration plain;
  plain.model = start;
  std::map<int64_t, int64_t> image_row, first_text;
  int64_t texts = 0;
  for (const int64_t i : part.rows) {
    image_row.emplace(i, std::ssize(image_row));
    first_text[i] = texts;
    texts += std::ssize(data_.row(i).captions);
  }
  RetrievalSet set;
  std::vector<int64_t> image_rows, text_rows;
  for (const std::vector<int64_t>& rows : images) {
    image_rows.push_back(image_row.at(rows.front()));
    for (const int64_t i : rows)
      for (int64_t k = 0; k < std::ssize(data_.row(i).captions); ++k)
        text_rows.push_back(first_text.at(i) + k);
    set.text_image.resize(text_rows.size(), std::ssize(image_rows) - 1);
  }
  set.images = gather_rows(data_.image_vectors(plain, {&part, 1}, progress), image_rows);
  set.texts = gather_rows(data_.query_vectors(plain, {&part, 1}, progress), text_rows);
  return set;
}

GivenParts TrainingParts::parts_of(double share, const std::string& start,
                                   const ProgressFn& progress) {
  const auto first = division_.training.begin();
  const ImageRows training = images_of({first, first + training_images(share)});
  const ImageRows validation = images_of(division_.validation);
  GivenParts out;
  out.plan.input = input_;
  const auto add = [&](const ImageRows& images, SplitPart part) {
    for (const std::vector<int64_t>& rows : images) {
      const TuningRow& row = data_.row(rows.front());
      PlannedImage image{row.digest, row.id, {}, row.split, {}, std::ssize(out.plan.images), part};
      for (const int64_t i : rows)
        image.captions.insert(image.captions.end(), data_.row(i).captions.begin(),
                              data_.row(i).captions.end());
      out.plan.images.push_back(std::move(image));
    }
  };
  add(training, SplitPart::train);
  add(validation, SplitPart::validation);
  out.start_vectors = [this, training, validation, start, progress](SplitPart part) {
    return part == SplitPart::train ? start_vectors(training_, training, start, progress)
                                    : start_vectors(validation_, validation, start, progress);
  };
  return out;
}

}  // namespace sightline

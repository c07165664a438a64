// Training rows that show a subject which another data set holds out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "train/training_set.h"

namespace sightline {

// A row is recognized by the words of its captions and keywords: in the singular, in lower case,
// without words such as colours, sizes, "face" and "person", which do not name a subject.
class ExcludedSubjects {
 public:
  // Adds the subjects of the held-out rows of a data set with the rows `all`. A held-out caption is
  // a subject unless a caption of another of its rows has exactly the same words.
  void add(const std::vector<TrainingRow>& held_out, const std::vector<TrainingRow>& all);

  // Whether the row shows a subject of a data set: a caption of the row contains all of its words,
  // or a keyword has exactly its words. Rows with the captions and keywords of a row of the data
  // set that is not held out, such as the same emoji by another artist, do not.
  bool shows(const TrainingRow& row) const;

  size_t size() const;  // subjects of all data sets

 private:
  using WordSet = std::set<std::string>;
  struct OfDataset {
    std::set<WordSet> subjects;
    std::set<std::vector<std::string>> separated;  // captions, "", keywords of the other rows
    bool shown_by(const TrainingRow& row) const;
  };
  static WordSet words_of(const std::string& text);

  std::vector<OfDataset> datasets_;
};

// Reads the captions and keywords of the recipe's `exclude_subjects` for the training rows of one
// of its data sets, without those of this data set itself, whose splits separate them. Throws what
// read_rows throws, naming `exclude_subjects`.
ExcludedSubjects read_excluded_subjects(const Recipe& recipe, const RecipeDataset& dataset);

// Removes the rows that show a subject; returns their number.
int64_t remove_excluded(const ExcludedSubjects& subjects, std::vector<TrainingRow>& rows);

}  // namespace sightline

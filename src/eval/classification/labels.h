// The labels of a data set's images, and the classes that they select.
#pragma once

#include <sightline/classification.h>

#include <map>
#include <string>
#include <vector>

namespace sightline {

// The value of ClassificationResult::label_column for labels that are names of folders.
inline constexpr const char* kFolderLabels = "folder";

// The labels of a row.
struct RowLabels {
  std::vector<std::string> labels;  // distinct, in order
  bool is_list = false;             // also of one label, or none
  std::string problem;              // of a cell that cannot be read as labels

  bool is_labeled() const { return is_list || !labels.empty(); }
};

// Reads the labels of rows from a column or from folders, as the first row with a label decides.
class LabelReader {
 public:
  // `column`: ClassificationOptions::label_column. `folders`: whether the folders of files may be
  // labels.
  LabelReader(std::string column, bool folders) : column_(std::move(column)), folders_(folders) {}

  // The labels of a row: of a cell that is a JSON list, its items; else one label, or none.
  RowLabels labels_of(const std::string& id, const std::map<std::string, std::string>& extra);

  const std::string& column() const { return found_; }  // empty before the first label

 private:
  std::string column_, found_;
  bool folders_;

  // The text of the label or labels; empty if there is none.
  std::string text_of(const std::string& id, const std::map<std::string, std::string>& extra);
};

// Whether the images of this format are files in folders.
bool has_folders(const std::string& format);

// The classes, and the class of each label, as ClassNames says.
struct Classes {
  std::vector<ImageClass> classes;
  std::map<std::string, int64_t> of_label;
};

// `labels`: the distinct labels of the images. Without `names`, the classes are the labels in byte
// order, or in numeric order if all are numbers. Throws invalid_data.
Classes make_classes(const std::vector<std::string>& labels,
                     const std::optional<ClassNames>& names);

// The prompts of a class. Throws invalid_data if `prompts` has none for it.
std::vector<std::string> prompts_of(const std::string& name, const ClassPrompts& prompts);

}  // namespace sightline

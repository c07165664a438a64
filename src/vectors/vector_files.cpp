#include "vectors/vector_files.h"

#include <sightline/dataset.h>
#include <sightline/error.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace sightline::vectors {
namespace {

namespace fs = std::filesystem;

// A file name that ends in a number: NAME_07.npy.
struct Part {
  fs::path path;
  std::string name;    // without the number
  std::string number;  // without leading zeros; empty: the name has no number
};

Part parse_part(const fs::path& path) {
  const std::string stem = path.stem().string();
  size_t digits = stem.size();
  while (digits > 0 && stem[digits - 1] >= '0' && stem[digits - 1] <= '9') --digits;
  Part part{path, stem.substr(0, digits), stem.substr(digits)};
  const size_t zeros = part.number.find_first_not_of('0');
  if (!part.number.empty())
    part.number = zeros == std::string::npos ? "0" : part.number.substr(zeros);
  return part;
}

// By number; numbers are compared as texts, because a name may have more digits than an integer.
bool before(const Part& a, const Part& b) {
  return std::pair(a.number.size(), a.number) < std::pair(b.number.size(), b.number);
}

std::vector<Part> parts_in(const fs::path& folder, const char* extension) {
  std::vector<Part> parts;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const fs::path& path = at->path();
    if (path.extension() == extension && !path.filename().string().starts_with('.'))
      parts.push_back(parse_part(path));
  }
  if (error) {
    throw Error(ErrorCode::io, "cannot list ", quoted(folder), ": ", error.message());
  }
  std::ranges::sort(parts, before);
  return parts;
}

std::string names_of(const std::vector<Part>& parts) {
  constexpr size_t kShown = 5;
  std::vector<std::string> names;
  for (const Part& part : parts) names.push_back(part.path.filename().string());
  std::ranges::sort(names);
  std::string text;
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i)
    text += (i > 0 ? ", " : "") + names[i];
  return text + (names.size() > kShown ? ", …" : "");
}

void check_parts(const fs::path& folder, const std::vector<Part>& parts) {
  if (parts.empty()) {
    throw Error(ErrorCode::not_found, quoted(folder),
                " has no .npy file and no folder img_emb or text_emb with .npy files");
  }
  for (size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].name != parts[0].name || parts[i].number.empty() || parts[0].number.empty()) {
      throw Error(ErrorCode::invalid_argument, quoted(folder),
                  " has arrays that are not numbered parts of one (", names_of(parts),
                  "): name one file");
    }
    if (parts[i].number == parts[i - 1].number) {
      throw Error(ErrorCode::invalid_argument, quoted(folder), " has part ", parts[i].number,
                  " twice: ", names_of({parts[i - 1], parts[i]}));
    }
  }
  for (const Part& part : parts) {
    if (parts.size() == 1 || !fs::exists(file_status(provenance_path(part.path)))) continue;
    throw Error(ErrorCode::invalid_argument, quoted(folder),
                " has several vector sets with their own ids (", names_of(parts),
                "): name one file");
  }
}

// Warns of numbers that are missing, such as those of a copy that was not finished.
void check_numbers(const fs::path& folder, const std::vector<Part>& parts,
                   std::vector<std::string>& warnings) {
  if (parts.size() < 2 || parts.back().number.size() > 9) return;
  int64_t expected = std::stoll(parts[0].number);
  for (const Part& part : parts) {
    if (std::stoll(part.number) != expected) {
      warnings.push_back(message(quoted(folder), " has no part ", expected, " but a part ",
                                 part.number, ": rows are numbered without the missing part"));
      return;
    }
    ++expected;
  }
}

// The tables of parts by number, in `folder`.
std::vector<fs::path> find_tables(const fs::path& folder, const std::vector<Part>& parts,
                                  std::vector<std::string>& warnings) {
  std::vector<fs::path> tables(parts.size());
  std::error_code error;
  if (!fs::is_directory(folder, error)) return tables;
  const std::vector<Part> found = parts_in(folder, ".parquet");
  if (found.empty()) return tables;
  if (!has_parquet()) {
    warnings.push_back("this build reads no Parquet, so that the ids and captions in " +
                       quoted(folder) + " are not used: rows have their numbers as ids");
    return tables;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto table = std::ranges::find(found, parts[i].number, &Part::number);
    if (table != found.end()) {
      tables[i] = table->path;
    } else {
      warnings.push_back(quoted(folder) + " has no table for " + quoted(parts[i].path) +
                         ": its rows have their numbers as ids");
    }
  }
  return tables;
}

constexpr const char* kImageFolder = "img_emb";
constexpr const char* kTextFolder = "text_emb";

std::optional<VectorKind> kind_of_folder(const fs::path& folder) {
  const fs::path name = folder.has_filename() ? folder.filename() : folder.parent_path().filename();
  if (name == kImageFolder) return VectorKind::images;
  if (name == kTextFolder) return VectorKind::texts;
  return std::nullopt;
}

// The folder with the arrays: img_emb or text_emb inside `folder`, or `folder` itself.
fs::path array_folder(const fs::path& folder, std::optional<VectorKind> kind) {
  std::error_code error;
  const bool images = fs::is_directory(folder / kImageFolder, error);
  const bool texts = fs::is_directory(folder / kTextFolder, error);
  if (!images && !texts) return folder;
  if (kind == VectorKind::texts || (!kind && !images)) {
    if (texts) return folder / kTextFolder;
    throw Error(ErrorCode::not_found, quoted(folder), " has no folder ", kTextFolder);
  }
  if (images) return folder / kImageFolder;
  throw Error(ErrorCode::not_found, quoted(folder), " has no folder ", kImageFolder);
}

}  // namespace

VectorFiles find_vector_files(const fs::path& path, std::optional<VectorKind> kind) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {{path}, {fs::path()}, std::nullopt, {}};
  const fs::path folder = array_folder(path, kind);
  const std::vector<Part> parts = parts_in(folder, ".npy");
  check_parts(folder, parts);
  VectorFiles files;
  for (const Part& part : parts) files.arrays.push_back(part.path);
  files.kind = kind_of_folder(folder);
  files.tables.resize(parts.size());
  if (files.kind) {
    const fs::path root =
        folder.has_filename() ? folder.parent_path() : folder.parent_path().parent_path();
    files.tables = find_tables(root / "metadata", parts, files.warnings);
  }
  // clip-retrieval writes no empty parts, and tables are found by number.
  const bool all_tables = std::ranges::none_of(files.tables, &fs::path::empty);
  if (!all_tables) check_numbers(folder, parts, files.warnings);
  return files;
}

}  // namespace sightline::vectors

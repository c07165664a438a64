#include "eval/trec.h"

#include <sightline/error.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "base/output_file.h"
#include "base/parallel.h"
#include "base/temporary_path.h"
#include "base/text.h"
#include "eval/relevance.h"
#include "eval/similarity.h"
#include "eval/trec_ranking.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIds = "trec_ids.jsonl";

// Writes under a temporary name and renames the file in finish().
class RunFile {
 public:
  explicit RunFile(const fs::path& path)
      : temporary_(write_target(path), TemporaryPath::Kind::file), out_(temporary_.path()) {}
  void add(const std::string& text) { out_.write(text); }
  void finish() {
    out_.close();
    temporary_.commit();
  }

 private:
  TemporaryPath temporary_;
  OutputFile out_;
};

struct Direction {
  const Matrix& queries;
  const Matrix& candidates;
  const RelevantCandidates& strict;
  const RelevantCandidates& equivalent;
  const std::vector<std::string>& query_ids;
  const std::vector<std::string>& candidate_ids;
};

std::string lines_of_query(const Direction& d, size_t q, std::span<const double> similarities,
                           int64_t depth, const std::string& tag) {
  std::vector<TrecGrade> grades(similarities.size(), TrecGrade::not_relevant);
  for (const int64_t c : d.equivalent[q]) grades[static_cast<size_t>(c)] = TrecGrade::equivalent;
  for (const int64_t c : d.strict[q]) grades[static_cast<size_t>(c)] = TrecGrade::strict;
  std::string text;
  int64_t rank = 0;
  for (const TrecLine& line : trec_ranking(similarities, grades, depth)) {
    char score[32];
    std::snprintf(score, sizeof score, "%.9g",
                  static_cast<double>(line.score));  // 9 digits identify every f32
    text += d.query_ids[q] + " Q0 " + d.candidate_ids[static_cast<size_t>(line.candidate)] + " " +
            std::to_string(++rank) + " " + score + " " + tag + "\n";
  }
  return text;
}

// Processes queries in chunks whose similarities with all candidates take at most 64 MiB.
void write_run(const fs::path& path, const Direction& d, int64_t depth, const std::string& tag,
               const ProgressFn& progress) {
  RunFile file(path);
  const int64_t count = d.candidates.rows;
  const int64_t chunk =
      std::clamp<int64_t>((int64_t{8} << 20) / std::max<int64_t>(count, 1), 1, 256);
  std::vector<double> values;
  for (int64_t first = 0; first < d.queries.rows; first += chunk) {
    const int64_t here = std::min(chunk, d.queries.rows - first);
    Matrix queries(here, d.queries.dim);
    for (int64_t i = 0; i < here; ++i) {
      std::ranges::copy(d.queries.row(first + i), queries.row(i).begin());
    }
    values.resize(static_cast<size_t>(here * count));
    for_each_similarity(queries, d.candidates,
                        [&](int64_t q, int64_t begin, std::span<const double> block) {
                          std::ranges::copy(block, values.begin() + q * count + begin);
                        });
    std::vector<std::string> text(static_cast<size_t>(here));
    parallel_for(here, 4, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const auto q = static_cast<size_t>(first + i);
        if (d.strict[q].empty()) continue;  // an image without a caption is not a query
        const std::span<const double> row(values.data() + i * count, static_cast<size_t>(count));
        text[static_cast<size_t>(i)] = lines_of_query(d, q, row, depth, tag);
      }
    });
    for (const std::string& lines : text) file.add(lines);
    if (progress)
      progress({"writing " + path.filename().string(), first + here, d.queries.rows, ""});
  }
  file.finish();
}

void write_qrels_file(const fs::path& path, const RelevantCandidates& relevant,
                      const std::vector<std::string>& query_ids,
                      const std::vector<std::string>& candidate_ids) {
  std::string text;
  for (size_t q = 0; q < relevant.size(); ++q) {
    for (const int64_t c : relevant[q])
      text += query_ids[q] + " 0 " + candidate_ids[static_cast<size_t>(c)] + " 1\n";
  }
  write_file_atomic(path, text);
}

std::string trec_ids_jsonl(const ExperimentResult& result, const TrecIds& ids) {
  std::string out;
  const auto add = [&](const Json& line) { out += json_text(line) + "\n"; };
  for (size_t n = 0; n < result.rows.size(); ++n) {
    add({{"trec_id", ids.images[n]},
         {"kind", "image"},
         {"id", result.rows[n].id},
         {"split", result.rows[n].split}});
  }
  for (size_t t = 0; t < result.text_row.size(); ++t) {
    const ExperimentRow& row = result.rows[static_cast<size_t>(result.text_row[t])];
    add({{"trec_id", ids.texts[t]},
         {"kind", "caption"},
         {"id", row.id},
         {"split", row.split},
         {"caption", row.captions[static_cast<size_t>(result.text_caption[t])]}});
  }
  return out;
}

}  // namespace

namespace {

bool is_trec_file(const std::string& name) {
  return name == kIds || name.ends_with(".qrels") || name.ends_with(".text-to-image.run") ||
         name.ends_with(".image-to-text.run");
}

// Returns the files of an earlier export. Throws invalid_argument if there are some, but no ids
// that an export wrote.
std::vector<fs::path> earlier_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error))
    if (is_trec_file(at->path().filename().string())) files.push_back(at->path());
  std::string line;
  std::ifstream ids(folder / kIds);
  std::getline(ids, line);
  if (!files.empty() && !line.starts_with("{\"trec_id\"")) {
    throw Error(ErrorCode::invalid_argument, quoted(files.front()),
                " was not written by an earlier run of eval --trec, which would replace it: choose "
                "another folder");
  }
  return files;
}

}  // namespace

TrecExport::TrecExport(const TrecOptions& options) : options_(options) {
  if (options_.depth < 0) {
    throw Error(
        ErrorCode::invalid_argument,
        "the depth of TREC runs must be 0 (all) or more, found " + std::to_string(options_.depth));
  }
  make_folder(options_.directory);
  remove_leftovers(options_.directory, is_trec_file);
  earlier_ = earlier_files(options_.directory);
}

void TrecExport::write_qrels(const ExperimentResult& result, const RetrievalSet& set) {
  ids_ = make_trec_ids(result);
  const fs::path& folder = options_.directory;
  // Runs of other models would not fit the new judgements.
  std::error_code ignored;
  for (const fs::path& file : earlier_) fs::remove(file, ignored);
  write_file_atomic(folder / kIds, trec_ids_jsonl(result, ids_));
  const DirectionalRelevance strict = strict_relevance(set), equivalent = equivalent_relevance(set);
  write_qrels_file(folder / "text-to-image.qrels", strict.images_of_text, ids_.texts, ids_.images);
  write_qrels_file(folder / "image-to-text.qrels", strict.texts_of_image, ids_.images, ids_.texts);
  write_qrels_file(folder / "text-to-image.caption-equivalent.qrels", equivalent.images_of_text,
                   ids_.texts, ids_.images);
  write_qrels_file(folder / "image-to-text.caption-equivalent.qrels", equivalent.texts_of_image,
                   ids_.images, ids_.texts);
}

void TrecExport::write_runs(const std::string& label, const RetrievalSet& set,
                            const ProgressFn& progress) {
  const std::string base = trec_file_name(label);
  std::string name = base;
  for (int n = 2; !names_.insert(name).second; ++n) name = base + "-" + std::to_string(n);
  const DirectionalRelevance strict = strict_relevance(set), equivalent = equivalent_relevance(set);
  write_run(options_.directory / (name + ".text-to-image.run"),
            {set.texts, set.images, strict.images_of_text, equivalent.images_of_text, ids_.texts,
             ids_.images},
            options_.depth, name, progress);
  write_run(options_.directory / (name + ".image-to-text.run"),
            {set.images, set.texts, strict.texts_of_image, equivalent.texts_of_image, ids_.images,
             ids_.texts},
            options_.depth, name, progress);
}

bool TrecExport::truncates(int64_t candidates) const {
  return options_.depth > 0 && candidates > options_.depth;
}

}  // namespace sightline

// The tables of a report as CSV and LaTeX.
#include <gtest/gtest.h>
#include <sightline/error.h>
#include <sightline/report.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/file.h"
#include "eval/chance.h"
#include "report/tables/accuracy_table.h"
#include "report/tables/comparison_table.h"
#include "report/tables/csv.h"
#include "report/tables/latex.h"
#include "report/tables/metric_groups.h"
#include "report/tables/metric_table.h"
#include "report/tables/noise_table.h"
#include "report/tables/write_tables.h"
#include "sample_result.h"

namespace sightline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAwkward = "a, \"b\" & c_d 100 % #1 {x} ~^\\ <$>";

using Record = std::map<std::string, std::string>;

// A strict reader of RFC 4180: throws for a line that does not end in CR LF, a stray quote, or a
// record with another number of fields than the header.
std::vector<Record> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> lines(1, std::vector<std::string>(1));
  for (size_t i = 0; i < text.size();) {
    std::string& field = lines.back().back();
    if (text[i] == '"') {
      if (!field.empty()) throw std::runtime_error("a quote within a field");
      for (++i;; ++i) {
        if (text.at(i) != '"') {
          field += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '"') {
          field += text[i++];
        } else {
          break;
        }
      }
      ++i;
    }
    while (text.at(i) != ',' && text[i] != '\r') lines.back().back() += text[i++];
    if (text[i] == ',') {
      lines.back().emplace_back();
      ++i;
    } else {
      if (text.at(i + 1) != '\n') throw std::runtime_error("CR without LF");
      i += 2;
      if (i < text.size()) lines.emplace_back(1);
    }
  }
  std::vector<Record> records;
  for (size_t l = 1; l < lines.size(); ++l) {
    if (lines[l].size() != lines[0].size()) throw std::runtime_error("number of fields");
    Record record;
    for (size_t f = 0; f < lines[l].size(); ++f) record[lines[0][f]] = lines[l][f];
    records.push_back(record);
  }
  return records;
}

// Three models: the first is much better than the second; the third differs from the first by one
// query.
ExperimentResult three_models() {
  std::vector<int64_t> good(30, 1), bad(30, 20), near(30, 1);
  near[0] = 7;
  return sample_result({good, bad, near}, {kAwkward, "bad", "near"});
}

TEST(TablesCsv, ReadsBackWithFullPrecision) {
  const ExperimentResult result = three_models();
  const auto records = parse_csv(csv_text(metric_table(result, View::text_to_image)));
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].at("model"), kAwkward);
  EXPECT_EQ(records[3].at("model"), "chance");
  EXPECT_DOUBLE_EQ(std::stod(records[3].at("recall_at_5")), 5.0 / 30);
  EXPECT_EQ(records[3].at("queries"), "30");
  EXPECT_EQ(records[3].at("recall_at_5_low"), "");
  EXPECT_EQ(records[3].at("accuracy_best"), "");
  EXPECT_EQ(parse_csv(csv_text(metric_table(result, View::text_to_image_equivalent))).size(), 3u);
  for (size_t m = 0; m < 3; ++m) {
    const DirectionMetrics& d = result.models[m].metrics.text_to_image;
    EXPECT_EQ(records[m].at("queries"), "30");
    EXPECT_EQ(records[m].at("top_k"), "5");
    for (int i = 0; i < kMetricCount; ++i) {
      const auto metric = static_cast<Metric>(i);
      const std::string name = metric_name(metric);
      EXPECT_EQ(std::stod(records[m].at(name)), metric_value(d, metric)) << name;
      EXPECT_EQ(std::stod(records[m].at(name + "_low")), metric_interval(d, metric)->low) << name;
      EXPECT_EQ(std::stod(records[m].at(name + "_high")), metric_interval(d, metric)->high) << name;
    }
  }
  EXPECT_EQ(records[0].at("accuracy_best"), "not distinguished");
  EXPECT_EQ(records[1].at("accuracy_best"), "");
  EXPECT_EQ(records[2].at("accuracy_best"), "not distinguished");
  EXPECT_FALSE(records[0].contains("mean_rank_best"));  // not tested
}

TEST(TablesCsv, HasNoBoundsWithoutIntervals) {
  ExperimentResult result = three_models();
  for (ModelResult& model : result.models) model.metrics.text_to_image.intervals.clear();
  const auto records = parse_csv(csv_text(metric_table(result, View::text_to_image)));
  EXPECT_EQ(records[0].at("accuracy"), "1");
  EXPECT_EQ(records[0].at("accuracy_low"), "");
}

TEST(TablesCsv, FieldsAreQuotedAndValid) {
  Table table;
  table.columns = {{.names = {"plain", "a,b"}, .title = ""}};
  table.rows = {{{.fields = {"line\r\nbreak", "\xff\"q\""}, .text = ""}}};
  const std::string csv = csv_text(table);
  EXPECT_EQ(csv, "plain,\"a,b\"\r\n\"line\r\nbreak\",\"\xEF\xBF\xBD\"\"q\"\"\"\r\n");
  EXPECT_EQ(parse_csv(csv)[0].at("a,b"), "\xEF\xBF\xBD\"q\"");
  EXPECT_EQ(full_precision(0.1), "0.1");
  EXPECT_EQ(full_precision(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(full_precision(NAN), "");
  EXPECT_EQ(full_precision(-0.0), "0");
}

TEST(TablesCsv, ComparisonsHaveTheTests) {
  const ExperimentResult result = three_models();
  const auto records = parse_csv(csv_text(comparison_table(result, View::text_to_image)));
  ASSERT_EQ(records.size(), 12u);  // 3 pairs, 4 metrics
  for (size_t i = 0; i < records.size(); ++i) {
    const MetricComparison& c = result.comparisons[i];
    EXPECT_EQ(records[i].at("metric"), metric_name(c.metric));
    EXPECT_EQ(records[i].at("a"), result.models[static_cast<size_t>(c.a)].label);
    EXPECT_EQ(std::stod(records[i].at("difference")), c.difference);
    EXPECT_EQ(std::stod(records[i].at("p_corrected")), c.p_corrected);
    EXPECT_EQ(records[i].at("significant"), is_significant(c) ? "true" : "false");
  }
  EXPECT_EQ(records[0].at("significant"), "true");   // good against bad
  EXPECT_EQ(records[1].at("significant"), "false");  // good against near
}

TEST(TablesCsv, NoiseHasOneRowPerCondition) {
  ExperimentResult result = three_models();
  add_noise_points(result, {NoiseKind::typos, NoiseKind::upper_case}, {0.5, 1});
  const auto records = parse_csv(csv_text(noise_data_table(result)));
  ASSERT_EQ(records.size(), 3u * (1 + 2 * 2));
  EXPECT_EQ(records[0].at("kind"), "clean");
  EXPECT_EQ(records[1].at("kind"), "typos");
  EXPECT_EQ(records[1].at("strength"), "0.25");
  EXPECT_EQ(records[1].at("accuracy"), "0.5");
  EXPECT_EQ(records[1].at("accuracy_lost"), "0.5");
}

TEST(TablesCsv, ColumnsHaveTheMetricsOfTheirValues) {
  ExperimentResult result = three_models();
  EXPECT_TRUE(column_groups(result, View::text_to_image).empty());
  result.columns = {"constant", "parity", "id"};
  for (size_t n = 0; n < result.rows.size(); ++n)
    result.rows[n].fields = {"x", n % 3 == 0 ? "odd, \"3\"" : "", std::to_string(n)};
  const auto groups = column_groups(result, View::image_to_text);
  ASSERT_EQ(groups.size(), 2u + 30u);
  EXPECT_EQ(groups[0].names, (std::vector<std::string>{"parity", ""}));
  const auto records =
      parse_csv(csv_text(group_table(result, View::text_to_image, "columns", {"column", "value"},
                                     column_groups(result, View::text_to_image))));
  ASSERT_EQ(records.size(), 32u * 3);
  EXPECT_EQ(records[3].at("value"), "odd, \"3\"");
  EXPECT_EQ(records[3].at("queries"), "10");
  EXPECT_EQ(records[5].at("model"), "near");
  EXPECT_EQ(records[5].at("recall_at_1"), "0.9");  // row 0 has rank 7
  EXPECT_EQ(records[2].at("recall_at_1"), "1");
  EXPECT_EQ(records[5].at("recall_at_1_low"), "");
  EXPECT_EQ(records[5].at("candidates"), "30");
}

TEST(TablesLatex, TextIsEscaped) {
  EXPECT_EQ(latex_escaped("a_b & 50 % #1 {$}"), "a\\_b \\& 50 \\% \\#1 \\{\\$\\}");
  EXPECT_EQ(latex_escaped("~^\\<>|"),
            "\\textasciitilde{}\\textasciicircum{}\\textbackslash{}\\textless{}\\textgreater{}"
            "\\textbar{}");
  EXPECT_EQ(latex_escaped("1–2 → é\xff"), "1--2 $\\rightarrow$ é?");
}

// LaTeX reads "[" after the end of a line, or after a rule, as an optional argument.
TEST(TablesLatex, CellsThatBeginLikeArgumentsAreProtected) {
  Table table;
  table.columns = {{.names = {"a"}, .title = "[x]", .words = true},
                   {.names = {"b"}, .title = "b", .words = true}};
  table.rows = {{word_cell("[1pt]"), word_cell("[2]")},
                {word_cell("*"), word_cell("")},
                {word_cell(""), word_cell("empty")}};
  const std::string latex = latex_text(table);
  EXPECT_NE(latex.find("\\toprule\n{}[x] & b \\\\\n\\midrule\n{}[1pt] & [2] \\\\\n{}* &  \\\\\n"
                       " & empty \\\\\n"),
            std::string::npos)
      << latex;
}

TEST(TablesLatex, HasIntervalsAndMarks) {
  const std::string latex = latex_text(metric_table(three_models(), View::text_to_image));
  EXPECT_NE(latex.find("\\toprule\nmodel & score & accuracy \\%"), std::string::npos) << latex;
  EXPECT_NE(latex.find("100.00$^{\\dagger}$"), std::string::npos);
  EXPECT_NE(latex.find("\\midrule\nchance & 5 & 16.67 & "), std::string::npos) << latex;
  EXPECT_NE(latex.find("{\\scriptsize 100.00--100.00}"), std::string::npos);
  EXPECT_NE(latex.find("not distinguished from the best"), std::string::npos);
  EXPECT_EQ(latex.find("\\textbf"), std::string::npos);  // no model beats every other
  const ExperimentResult two =
      sample_result({std::vector<int64_t>(30, 1), std::vector<int64_t>(30, 20)}, {"a", "b"});
  const std::string best = latex_text(metric_table(two, View::text_to_image));
  EXPECT_NE(best.find("\\textbf{100.00}"), std::string::npos);
  EXPECT_NE(best.find("$p < 0.05$"), std::string::npos);
  const std::string tests = latex_text(comparison_table(two, View::text_to_image));
  EXPECT_NE(tests.find("+100.00"), std::string::npos);
  EXPECT_NE(tests.find(" * \\\\"), std::string::npos);
  EXPECT_NE(tests.find("A $-$ B"), std::string::npos);
}

TEST(TablesAccuracy, HaveEveryKAsCsvAndAFewAsLatex) {
  const ExperimentResult result =
      sample_result({std::vector<int64_t>(25, 4), std::vector<int64_t>(25, 25)}, {kAwkward, "b"});
  const auto rows = parse_csv(csv_text(accuracy_data_table(result, View::text_to_image)));
  ASSERT_EQ(rows.size(), 3u * 25);
  EXPECT_EQ(rows[3].at("model"), kAwkward);
  EXPECT_EQ(rows[3].at("k"), "4");
  EXPECT_EQ(rows[3].at("accuracy"), "1");
  EXPECT_EQ(rows[2].at("accuracy_high"), "0");
  EXPECT_EQ(rows[50].at("model"), "chance");
  EXPECT_EQ(std::stod(rows[54].at("accuracy")),
            chance_of(result, View::text_to_image, Metric::accuracy));
  EXPECT_EQ(rows[54].at("accuracy_low"), "");
  const std::string latex = latex_text(accuracy_overview_table(result, View::image_to_text));
  EXPECT_NE(latex.find("\\toprule\nmodel & K = 1 & K = 5 & K = 10 & K = 20 \\\\\n\\midrule\n"),
            std::string::npos)
      << latex;
  EXPECT_NE(latex.find("\nb & 0.00 & 0.00 & 0.00 & 0.00 \\\\\n"), std::string::npos) << latex;
  EXPECT_NE(latex.find("\\midrule\nchance & 4.00 & 20.00 & 40.00 & 80.00 "), std::string::npos);
}

TEST(TablesFiles, AreListedAndReplaceThoseOfAnEarlierReport) {
  std::string name = (fs::temp_directory_path() / "sl_tables_XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  for (const char* old : {"noise.csv", "noise.tex", "splits-text-to-image.csv", "notes.csv"})
    std::ofstream(folder / old) << "old";
  write_tables(three_models(), folder);
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder))
    files.push_back(entry.path().filename().string());
  std::ranges::sort(files);
  EXPECT_EQ(files, (std::vector<std::string>{
                       "accuracy-at-k-image-to-text.csv", "accuracy-at-k-image-to-text.tex",
                       "accuracy-at-k-text-to-image.csv", "accuracy-at-k-text-to-image.tex",
                       "comparisons-image-to-text.csv", "comparisons-image-to-text.tex",
                       "comparisons-text-to-image.csv", "comparisons-text-to-image.tex",
                       "metrics-image-to-text.csv", "metrics-image-to-text.tex",
                       "metrics-text-to-image.csv", "metrics-text-to-image.tex", "notes.csv"}));
  ExperimentResult all = three_models();
  add_noise_points(all, {NoiseKind::typos}, {0.5});
  for (ModelResult& model : all.models) {
    model.by_split["even"] = model.by_split["odd"] = model.metrics;
    model.ranks.text_rank_equivalent[0] = 99;  // the views differ
  }
  all.columns = {"parity"};
  for (size_t n = 0; n < all.rows.size(); ++n) all.rows[n].fields = {n % 2 == 0 ? "even" : "odd"};
  write_tables(all, folder);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1 + 2 * (4 * 4 + 2 + 1));
  const auto splits = parse_csv(read_text_file(folder / "splits-image-to-text.csv"));
  ASSERT_EQ(splits.size(), 6u);
  EXPECT_EQ(splits[0].at("split"), "even");
  EXPECT_EQ(splits[4].at("model"), "bad");
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".csv" && entry.path().filename() != "notes.csv") {
      EXPECT_NO_THROW(parse_csv(read_text_file(entry.path()))) << entry.path();
    }
  }
  fs::remove_all(folder);
}

TEST(TablesLatex, Compiles) {
  if (std::system("pdflatex --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "pdflatex is not installed (Debian: texlive-latex-recommended)";
  std::string name = (fs::temp_directory_path() / "sl_latex_XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  ExperimentResult all = three_models();
  add_noise_points(all, {NoiseKind::typos, NoiseKind::upper_case}, {0.5, 1});
  for (ModelResult& model : all.models)
    model.by_split["a_b"] = model.by_split["[b]"] = model.by_split[""] = model.metrics;
  write_tables(all, folder);
  std::string document =
      "\\documentclass[a3paper,landscape]{article}\n\\usepackage[T1]{fontenc}\n"
      "\\usepackage{booktabs}\n\\begin{document}\n";
  size_t tables = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".tex") continue;
    document += "\\input{" + entry.path().filename().string() + "}\n\n";
    ++tables;
  }
  EXPECT_EQ(tables, 7u);
  std::ofstream(folder / "all.tex") << document << "\\end{document}\n";
  const std::string command = "cd '" + folder.string() +
                              "' && pdflatex -halt-on-error -interaction=batchmode all.tex "
                              ">/dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << read_text_file(folder / "all.log");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace sightline

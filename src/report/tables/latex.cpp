#include "report/tables/latex.h"

#include <sightline/version.h>

#include <algorithm>
#include <utility>

#include "report/text.h"

namespace sightline {
namespace {

constexpr std::pair<std::string_view, std::string_view> kEscapes[] = {
    {"\\", "\\textbackslash{}"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"&", "\\&"},
    {"%", "\\%"},
    {"$", "\\$"},
    {"#", "\\#"},
    {"_", "\\_"},
    {"~", "\\textasciitilde{}"},
    {"^", "\\textasciicircum{}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"|", "\\textbar{}"},
    {"\"", "''"},
    {"–", "--"},
    {"−", "$-$"},
    {"→", "$\\rightarrow$"},
    {"…", "\\ldots{}"},
    {"\xEF\xBF\xBD", "?"},  // U+FFFD, which pdfLaTeX does not know
};

// A number in text mode: a hyphen is a minus sign.
std::string number_text(const std::string& text) {
  std::string with_minus;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool minus =
        text[i] == '-' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    with_minus += minus ? std::string("−") : std::string(1, text[i]);
  }
  return latex_escaped(with_minus);
}

std::string marked(const std::string& text, Mark mark) {
  if (mark == Mark::best) return "\\textbf{" + text + "}";
  return mark == Mark::group ? text + "$^{\\dagger}$" : text;
}

std::vector<size_t> printed_columns(const Table& table) {
  std::vector<size_t> printed;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].title.empty()) printed.push_back(i);
  }
  return printed;
}

// One line of the tabular: the result of cell(column) for each printed column. After \\ and the
// rules of booktabs, LaTeX reads "[" as the beginning of an optional argument, and "*" as a part of
// \\*.
template <typename Cell>
std::string line(const std::vector<size_t>& columns, Cell cell) {
  std::string out;
  for (size_t i = 0; i < columns.size(); ++i) out += (i > 0 ? " & " : "") + cell(columns[i]);
  if (out.starts_with('[') || out.starts_with('*')) out.insert(0, "{}");
  return out + " \\\\\n";
}

std::string row_text(const Table& table, const std::vector<TableCell>& row,
                     const std::vector<size_t>& printed) {
  std::string out = line(printed, [&](size_t c) {
    const std::string text =
        table.columns[c].words ? latex_escaped(row[c].text) : number_text(row[c].text);
    return marked(text, row[c].mark);
  });
  const bool intervals =
      std::ranges::any_of(printed, [&](size_t c) { return !row[c].interval.empty(); });
  if (!intervals) return out;
  return out + line(printed, [&](size_t c) {
           const std::string& interval = row[c].interval;
           return interval.empty() ? std::string("{}")
                                   : "{\\scriptsize " + number_text(interval) + "}";
         });
}

}  // namespace

std::string latex_escaped(std::string_view text) {
  const std::string plain = plain_text(text);
  std::string out;
  for (std::string_view rest = plain; !rest.empty();) {
    const auto* escape = std::ranges::find_if(
        kEscapes, [&](const auto& pair) { return rest.starts_with(pair.first); });
    if (escape != std::end(kEscapes)) {
      out += escape->second;
      rest.remove_prefix(escape->first.size());
    } else {
      out += rest[0];
      rest.remove_prefix(1);
    }
  }
  return out;
}

std::string latex_text(const Table& table) {
  const std::vector<size_t> printed = printed_columns(table);
  std::string alignment;
  for (const size_t c : printed) alignment += table.columns[c].words ? 'l' : 'r';
  std::string out =
      "% " + plain_text(table.title) + ". Written by sightline " + std::string(kVersion) +
      ".\n% Requires \\usepackage{booktabs}.\n\\begin{tabular}{" + alignment + "}\n\\toprule\n";
  out += line(printed, [&](size_t c) { return latex_escaped(table.columns[c].title); });
  out += "\\midrule\n";
  for (const auto& row : table.rows) out += row_text(table, row, printed);
  if (!table.reference.empty()) out += "\\midrule\n";
  for (const auto& row : table.reference) out += row_text(table, row, printed);
  out += "\\bottomrule\n";
  for (const std::string& note : table.notes) {
    out += "\\multicolumn{" + std::to_string(printed.size()) + "}{l}{\\footnotesize " + note +
           "} \\\\\n";
  }
  return out + "\\end{tabular}\n";
}

}  // namespace sightline

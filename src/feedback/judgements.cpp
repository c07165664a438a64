#include <sightline/error.h>
#include <sightline/feedback.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/text_encoding.h"
#include "feedback/feedback_database.h"

namespace sightline {
namespace {

using library::Database;
using library::Statement;

constexpr size_t kMaxBytes = 10'000;  // of a text

constexpr const char* kColumns =
    "SELECT time, query, image, item, model, fingerprint, rank, grade, source FROM ";

// The newest judgement of each query and image; of two of one time the one that was added last.
constexpr const char* kNewest =
    "(SELECT *, row_number() OVER (PARTITION BY query, image ORDER BY time DESC, id DESC) AS age "
    "FROM judgements) WHERE age = 1 AND grade IS NOT NULL";

Judgement judgement_of(const Statement& row) {
  Judgement out;
  out.time_ms = row.integer(0);
  out.query = row.text(1);
  out.image = row.integer(2);
  out.item = row.text(3);
  out.model = row.text(4);
  out.fingerprint = row.text(5);
  out.rank = row.integer(6);
  out.grade.reset();
  if (!row.is_null(7)) out.grade = static_cast<int>(row.integer(7));
  out.source = row.text(8);
  return out;
}

std::vector<Judgement> all_of(Statement& select) {
  std::vector<Judgement> out;
  while (select.step()) out.push_back(judgement_of(select));
  return out;
}

void check_text(const std::string& text, const char* what) {
  if (text.size() > kMaxBytes) {
    throw Error(ErrorCode::invalid_argument, "the ", what, " of a judgement has ", text.size(),
                " bytes, at most ", kMaxBytes, " are possible");
  }
  if (const std::string problem = text_problem(text); !problem.empty())
    throw Error(ErrorCode::invalid_argument, "the ", what,
                " of a judgement is not text: ", problem);
}

void check_judgement(const Judgement& judgement) {
  if (is_blank(judgement.query))
    throw Error(ErrorCode::invalid_argument, "the query of a judgement is blank");
  if (judgement.query.find_first_of("\n\r") != std::string::npos)
    throw Error(ErrorCode::invalid_argument, "the query of a judgement has a line break");
  for (const auto& [text, what] :
       {std::pair{&judgement.query, "query"}, std::pair{&judgement.item, "item"},
        std::pair{&judgement.model, "model"}, std::pair{&judgement.fingerprint, "fingerprint"},
        std::pair{&judgement.source, "source"}})
    check_text(*text, what);
  const auto check_number = [](int64_t number, const char* what) {
    if (number >= 0) return;
    throw Error(ErrorCode::invalid_argument, "the ", what, " of a judgement is ", number,
                "; expected 0 or more");
  };
  check_number(judgement.image, "image");
  check_number(judgement.rank, "rank");
  check_number(judgement.time_ms, "time");
  check_number(judgement.grade.value_or(0), "grade");
}

}  // namespace

struct Judgements::Impl {
  explicit Impl(const std::filesystem::path& folder) : database(folder) {}
  mutable feedback::FeedbackDatabase database;
};

Judgements::Judgements(const std::filesystem::path& folder)
    : impl_(std::make_unique<Impl>(folder)) {}
Judgements::Judgements(Judgements&&) noexcept = default;
Judgements& Judgements::operator=(Judgements&&) noexcept = default;
Judgements::~Judgements() = default;

void Judgements::add(std::span<const Judgement> judgements) {
  std::ranges::for_each(judgements, check_judgement);
  const int64_t now = feedback::now_ms();
  impl_->database.write([&](Database& database) {
    // A judgement without a time is the newest one, also if the clock was set back.
    Statement newest =
        database.prepare("SELECT max(time) FROM judgements WHERE query = ? AND image = ?");
    const auto time_of = [&](const Judgement& one) {
      if (one.time_ms != 0) return one.time_ms;
      newest.bind(1, trimmed(one.query)).bind(2, one.image).step();
      const int64_t time = std::max(now, newest.optional_integer(0).value_or(0));
      newest.reset();
      return time;
    };
    Statement insert = database.prepare(
        "INSERT INTO judgements(time, query, image, item, model, fingerprint, rank, grade, source) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const Judgement& one : judgements) {
      insert.bind(1, time_of(one))
          .bind(2, trimmed(one.query))
          .bind(3, one.image)
          .bind(4, one.item)
          .bind(5, one.model)
          .bind(6, one.fingerprint)
          .bind(7, one.rank)
          .bind(8, one.grade)
          .bind(9, one.source)
          .run();
    }
    return 0;
  });
}

std::vector<Judgement> Judgements::list(const std::optional<std::string>& query) const {
  return impl_->database.read(std::vector<Judgement>(), [&](const Database& database) {
    Statement select =
        database.prepare(std::string(kColumns) + kNewest + (query ? " AND query = ?" : "") +
                         " ORDER BY time DESC, id DESC");
    if (query) select.bind(1, trimmed(*query));
    return all_of(select);
  });
}

std::vector<Judgement> Judgements::history() const {
  return impl_->database.read(std::vector<Judgement>(), [&](const Database& database) {
    Statement select = database.prepare(std::string(kColumns) + "judgements ORDER BY time, id");
    return all_of(select);
  });
}

std::map<int64_t, int> Judgements::grades(const std::string& query) const {
  std::map<int64_t, int> out;
  for (const Judgement& one : list(query)) out.emplace(one.image, *one.grade);
  return out;
}

JudgementCounts Judgements::counts() const {
  return impl_->database.read(JudgementCounts(), [&](const Database& database) {
    JudgementCounts out;
    Statement select =
        database.prepare(std::string("SELECT count(*), coalesce(sum(grade > 0), 0), count(DISTINCT "
                                     "query) FROM ") +
                         kNewest);
    select.step();
    out.judgements = select.integer(0);
    out.relevant = select.integer(1);
    out.irrelevant = out.judgements - out.relevant;
    out.queries = select.integer(2);
    out.history = database.integer("SELECT count(*) FROM judgements");
    return out;
  });
}

std::vector<std::string> Judgements::queries_to_judge() const {
  return impl_->database.read(std::vector<std::string>(), [&](const Database& database) {
    std::vector<std::string> out;
    Statement select = database.prepare("SELECT query FROM judging ORDER BY position, query");
    while (select.step()) out.push_back(select.text(0));
    return out;
  });
}

void Judgements::set_queries_to_judge(std::span<const std::string> queries) {
  for (const std::string& query : queries) check_judgement({.query = query});
  impl_->database.write([&](Database& database) {
    database.execute("DELETE FROM judging");
    Statement insert = database.prepare("INSERT OR IGNORE INTO judging VALUES (?, ?)");
    for (size_t i = 0; i < queries.size(); ++i)
      insert.bind(1, trimmed(queries[i])).bind(2, static_cast<int64_t>(i)).run();
    return 0;
  });
}

}  // namespace sightline

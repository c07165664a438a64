#include "server/api/search_request.h"

#include <sightline/error.h>
#include <sightline/feedback.h>

#include "base/base64.h"
#include "base/text.h"
#include "server/api/request_values.h"
#include "server/http/multipart.h"

namespace sightline::server {
namespace {

constexpr int64_t kMostHits = 1000, kMostOffset = 1'000'000;
constexpr size_t kMostText = 10'000, kMostTemplates = 100, kMostJudged = 1000;
constexpr int kMostParts = 100;

Query parse_text(const std::string& text) {
  check_text("q", text, kMostText);
  return parse_query(text);
}

// Sets what a parameter or a form's field says. Returns false for other names.
bool set_parameter(const std::string& name, const std::string& value, SearchSettings& settings) {
  if (name == "k") {
    settings.k = static_cast<int>(parse_integer(name, value, 1, kMostHits));
  } else if (name == "offset") {
    settings.offset = parse_integer(name, value, 0, kMostOffset);
  } else if (name == "group") {
    settings.group = parse_flag(name, value);
  } else if (name == "judge") {
    settings.judge = parse_flag(name, value);
  } else if (name == "diversity") {
    settings.diversity = parse_number(name, value, 0, 0.99);
  } else if (name == "min_similarity") {
    settings.min_similarity = parse_number(name, value, -1, 1);
  } else if (name == "fdr") {
    settings.fdr = parse_number(name, value, 0.0001, 0.5);
  } else if (name == "model") {
    settings.model = value;
  } else if (name == "template") {
    settings.templates.push_back(value);
  } else {
    return false;
  }
  return true;
}

[[noreturn]] void refuse_parameter(const std::string& name) {
  throw Error(ErrorCode::invalid_argument, "there is no parameter '", printable(name, 60),
              "'; expected q, k, offset, group, judge, diversity, min_similarity, fdr, model or "
              "template");
}

void check_templates(const SearchSettings& settings) {
  if (settings.templates.size() > kMostTemplates)
    throw Error(ErrorCode::invalid_argument, "there are ", settings.templates.size(),
                " templates; expected at most ", kMostTemplates);
  for (const std::string& form : settings.templates) check_text("template", form, kMostText);
}

// Takes the images out of a query in JSON, whose members are "data", into the parsed query.
Query parse_json_query(nlohmann::json json) {
  std::vector<std::vector<uint8_t>> images;
  if (json.is_object() && json.contains("terms") && json["terms"].is_array()) {
    for (nlohmann::json& term : json["terms"]) {
      images.emplace_back();
      if (!term.is_object() || !term.contains("data")) continue;
      const auto data = text_member(term, "data");
      if (data) images.back() = decode_base64(*data, "'data' of a term");
      term.erase("data");
    }
  }
  Query query = parse_query_json(json_text(json));
  for (size_t i = 0; i < query.terms.size() && i < images.size(); ++i) {
    if (query.terms[i].type == QueryType::image) query.terms[i].bytes = std::move(images[i]);
  }
  return query;
}

std::vector<int64_t> ids_of(const nlohmann::json& object, const std::string& name) {
  std::vector<int64_t> ids;
  for (const std::string& text : texts_member(object, name, kMostJudged))
    ids.push_back(parse_id(text));
  return ids;
}

SearchRequest of_json(const HttpRequest& request) {
  const nlohmann::json body = parse_json_body(request);
  check_members(body, {"q", "query", "k", "offset", "group", "judge", "diversity", "min_similarity",
                       "fdr", "model", "templates", "feedback"});
  SearchRequest out;
  SearchSettings& settings = out.settings;
  if (body.contains("q") == body.contains("query"))
    throw Error(ErrorCode::invalid_argument, "a search needs either 'q' or 'query'");
  out.query =
      body.contains("q") ? parse_text(required_text(body, "q")) : parse_json_query(body["query"]);
  settings.k = static_cast<int>(integer_member(body, "k", 1, kMostHits).value_or(settings.k));
  settings.offset = integer_member(body, "offset", 0, kMostOffset).value_or(0);
  settings.group = flag_member(body, "group").value_or(settings.group);
  settings.judge = flag_member(body, "judge").value_or(settings.judge);
  settings.diversity = number_member(body, "diversity", 0, 0.99).value_or(settings.diversity);
  settings.min_similarity =
      number_member(body, "min_similarity", -1, 1).value_or(settings.min_similarity);
  settings.fdr = number_member(body, "fdr", 0.0001, 0.5).value_or(settings.fdr);
  settings.model = text_member(body, "model").value_or("");
  settings.templates = texts_member(body, "templates", kMostTemplates);
  if (body.contains("feedback") && !body["feedback"].is_null()) {
    const nlohmann::json& feedback = body["feedback"];
    if (!feedback.is_object())
      throw Error(ErrorCode::invalid_argument, "'feedback' is ", shown(feedback),
                  "; expected an object");
    check_members(feedback, {"relevant", "irrelevant"});
    out.relevant = ids_of(feedback, "relevant");
    out.irrelevant = ids_of(feedback, "irrelevant");
  }
  return out;
}

SearchRequest of_form(const HttpRequest& request) {
  SearchRequest out;
  std::vector<QueryTerm> images;
  std::string text;
  for (FormPart& part : parse_multipart(request.header("content-type"), request.body, kMostParts)) {
    if (part.name == "image") {
      const std::string name = part.filename.empty() ? "image" : printable(part.filename, 100);
      images.push_back(image_query(name, {part.data.begin(), part.data.end()}).terms[0]);
    } else if (part.name == "q") {
      text = part.data;
    } else if (check_text(part.name, part.data, kMostText);
               !set_parameter(part.name, part.data, out.settings)) {
      refuse_parameter(part.name);
    }
  }
  if (!is_blank(text)) out.query = parse_text(text);
  if (out.query.terms.empty() && out.query.filter.empty() && !images.empty())
    out.query.name = images.front().name;
  out.query.terms.insert(out.query.terms.end(), images.begin(), images.end());
  return out;
}

}  // namespace

SearchRequest parse_search_parameters(const HttpRequest& request) {
  SearchRequest out;
  std::string text;
  for (const auto& [name, value] : request.parameters) {
    if (name == "q") {
      text = value;
    } else if (!set_parameter(name, value, out.settings)) {
      refuse_parameter(name);
    }
  }
  check_templates(out.settings);
  out.query = parse_text(text);
  return out;
}

SearchRequest parse_search_body(const HttpRequest& request) {
  const std::string type = lower(request.header("content-type"));
  SearchRequest out = type.starts_with("multipart/form-data") ? of_form(request) : of_json(request);
  check_templates(out.settings);
  if (!out.relevant.empty() || !out.irrelevant.empty())
    out.query = with_relevance_feedback(out.query, out.relevant, out.irrelevant);
  return out;
}

std::string judged_text(const Query& query) {
  return std::string(trimmed(query.name));
}

}  // namespace sightline::server

// /v1/items/{id}, /v1/images/{id} and thumbnails
#include <sightline/error.h>
#include <sightline/image_properties.h>

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/text.h"
#include "server/api/answer.h"
#include "server/api/found_image.h"
#include "server/api/hit_json.h"
#include "server/api/request_values.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

constexpr const char* kCached = "private, max-age=86400";

// The media type by which a browser may show these bytes; empty for other formats.
std::string shown_type(std::span<const uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min<size_t>(bytes.size(), 32));
  if (text.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (text.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.starts_with("GIF87a") || text.starts_with("GIF89a")) return "image/gif";
  if (text.size() > 12 && text.starts_with("RIFF") && text.substr(8, 4) == "WEBP")
    return "image/webp";
  if (text.size() > 12 && (text.substr(4, 8) == "ftypavif" || text.substr(4, 8) == "ftypavis"))
    return "image/avif";
  return "";
}

// The name in quotes for Content-Disposition: ASCII without what would end it.
std::string header_name(const std::string& name) {
  std::string out;
  for (const char c : name)
    out += c >= ' ' && c < 127 && c != '"' && c != '\\' && c != '%' && c != ';' ? c : '_';
  return "\"" + out + "\"";
}

// Whether If-None-Match names the tag.
bool has_tag(const HttpRequest& request, const std::string& tag) {
  const std::string_view known = request.header("if-none-match");
  return known == "*" || known.find(tag) != std::string_view::npos;
}

HttpResponse tagged(const HttpRequest& request, const std::string& tag, HttpResponse response) {
  if (has_tag(request, tag)) response = {304, "", {}};
  response.headers.emplace_back("ETag", tag);
  response.headers.emplace_back("Cache-Control", kCached);
  return response;
}

HttpResponse image_response(Service& service, const HttpRequest& request, const std::string& id) {
  check_parameters(request, {});
  const FoundImage found = find_image(service, id);
  const std::vector<uint8_t> bytes = read_image(found);
  HttpResponse out;
  out.type = shown_type(bytes);
  const char* disposition = out.type.empty() ? "attachment" : "inline";
  if (out.type.empty()) out.type = "application/octet-stream";
  out.headers.emplace_back("Content-Disposition", std::string(disposition) + "; filename=" +
                                                      header_name(name_of_id(found.item.id)));
  const std::string tag = "\"" + to_hex(Sha256().update(bytes).digest()).substr(0, 32) + "\"";
  out.body.assign(bytes.begin(), bytes.end());
  return tagged(request, tag, std::move(out));
}

HttpResponse thumbnail_response(Service& service, const HttpRequest& request,
                                const std::string& id) {
  check_parameters(request, {"size"});
  const auto size = static_cast<int>(
      parse_integer("size", request.parameter("size").value_or("320"), 1, 100'000));
  if (!is_thumbnail_size(size)) {
    throw Error(ErrorCode::invalid_argument, "'size' is ", size,
                "; expected 160, 320, 640, 1280 or 2560");
  }
  const int64_t key = parse_id(id);
  const std::string library = service.library().library().uuid(), name = std::to_string(key);
  const std::string tag =
      "\"" + library.substr(0, 8) + "-" + name + "-" + std::to_string(size) + "\"";
  const FoundImage found = find_image(service, id);  // also if its thumbnail is kept
  if (has_tag(request, tag)) return tagged(request, tag, {});
  static const char* const kMetric = "sightline_thumbnail_cache_total";
  Counter looked_up = service.metrics().counter(kMetric, "Thumbnails by where they were found.");
  HttpResponse out;
  out.type = "image/jpeg";
  out.shared_body = service.thumbnails().find(library, name, size);
  looked_up.add({{"result", out.shared_body ? "hit" : "miss"}});
  if (!out.shared_body)
    out.shared_body = service.thumbnails().make(library, name, size, read_image(found));
  return tagged(request, tag, std::move(out));
}

std::vector<std::string> split_tags(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(';', at), text.size());
    const std::string_view one = trimmed(std::string_view(text).substr(at, end - at));
    if (!one.empty()) out.emplace_back(one);
    at = end + 1;
  }
  return out;
}

// The details of an image beyond item_json.
Json details_json(const FoundImage& found) {
  Json json = item_json(found.item, found.key, *found.view.paths);
  Json others = Json::object();
  for (const auto& [name, value] : found.item.fields) {
    if (name == "camera" || name == "lens" || name == "title" || name == "format") {
      json[name] = value;
    } else if (name == "tags") {
      json["tags"] = split_tags(value);
    } else if (name == "size" || name == "rating") {
      if (const auto number = number_field(found.item, name))
        json[name == "size" ? "size_bytes" : "rating"] = static_cast<int64_t>(*number);
    } else if (name != "date" && name != "width" && name != "height" && name != "latitude" &&
               name != "longitude") {
      others[name] = value;
    }
  }
  const auto latitude = number_field(found.item, "latitude");
  const auto longitude = number_field(found.item, "longitude");
  if (latitude && longitude)
    json["location"] = {{"latitude", *latitude}, {"longitude", *longitude}};
  json["fields"] = std::move(others);
  return json;
}

// The similarity of an image to a query and to each of its terms, as a search of this one image.
void add_scores(Service& service, const FoundImage& found, const std::string& text, Json& json) {
  check_text("q", text, 10'000);
  const Query whole = parse_query(text);
  std::vector<Query> queries;
  if (!whole.terms.empty()) queries.push_back({whole.name, whole.terms});
  for (const QueryTerm& term : whole.terms) {
    queries.push_back({term.name, {term}});
    queries.back().terms[0].weight = 1;
  }
  json["terms"] = Json::array();
  const std::vector<double> scores = service.searches().scores(found.view, queries, found.row);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (i == 0) {
      json["similarity"] = scores[0];
      continue;
    }
    const QueryTerm& term = whole.terms[i - 1];
    json["terms"].push_back({{"type", query_type_name(term.type)},
                             {"text", term.name},
                             {"weight", term.weight},
                             {"similarity", scores[i]}});
  }
}

HttpResponse item_response(Service& service, const HttpRequest& request, const std::string& id) {
  check_parameters(request, {"q", "model"});
  const FoundImage found = find_image(service, id, request.parameter("model").value_or(""));
  Json json = details_json(found);
  if (const auto text = request.parameter("q"); text && !is_blank(*text))
    add_scores(service, found, *text, json);
  return json_response(json);
}

}  // namespace

void add_item_routes(Router& router, Service& service) {
  using Make = HttpResponse (*)(Service&, const HttpRequest&, const std::string&);
  const auto add = [&](const char* pattern, Make make) {
    add_later(router, service,
              {"GET", pattern, RouteAccess::read, 0, [&service, make](const Call& call) {
                 return make(service, call.request(), call.values[0]);
               }});
  };
  add("/v1/items/{id}", item_response);
  add("/v1/images/{id}", image_response);
  add("/v1/images/{id}/thumbnail", thumbnail_response);
}

}  // namespace sightline::server

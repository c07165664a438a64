// /v1/reports and the reports of `sightline eval`
#include <sightline/error.h>

#include <filesystem>
#include <map>
#include <set>

#include "base/file.h"
#include "base/path_id.h"
#include "base/text.h"
#include "hub/text.h"
#include "server/api/answer.h"
#include "server/api/request_values.h"
#include "server/routes.h"

namespace sightline::server {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostBytes = 256 << 20;
// A report's page has its own policy for its script; it may not read other pages of this server.
constexpr const char* kPolicy = "sandbox allow-scripts allow-downloads allow-popups";

const std::map<std::string, std::string> kTypes = {{".html", "text/html; charset=utf-8"},
                                                   {".json", "application/json"},
                                                   {".csv", "text/csv; charset=utf-8"},
                                                   {".tex", "text/plain; charset=utf-8"},
                                                   {".txt", "text/plain; charset=utf-8"},
                                                   {".png", "image/png"},
                                                   {".jpg", "image/jpeg"},
                                                   {".md", "text/plain; charset=utf-8"}};

// Reports by name: the last part of the folder, made unique.
std::map<std::string, fs::path> named_reports(const ServerOptions& options) {
  std::map<std::string, fs::path> out;
  for (const fs::path& given : options.reports) {
    const fs::path folder = fs::absolute(given).lexically_normal();
    std::string name =
        path_id(folder.filename().empty() ? folder.parent_path().filename() : folder.filename());
    const std::string first = name;
    for (int i = 2; out.contains(name); ++i) name = first + "-" + std::to_string(i);
    out[name] = folder;
  }
  return out;
}

bool has_page(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "index.html", ignored);
}

HttpResponse list_reports(Service& service) {
  Json reports = Json::array();
  for (const auto& [name, folder] : named_reports(service.options())) {
    if (!has_page(folder)) continue;
    reports.push_back({{"name", name},
                       {"title", name},
                       {"path", "/reports/" + hub::percent_encoded(name, false) + "/"}});
  }
  return json_response({{"reports", std::move(reports)}});
}

HttpResponse report_file(Service& service, const std::string& name, std::string path) {
  const auto reports = named_reports(service.options());
  const auto report = reports.find(name);
  if (path.empty() || path.ends_with('/')) path += "index.html";
  const fs::path relative = path_of_id(path);
  const auto type = kTypes.find(relative.extension().string());
  const auto refuse = [&] {
    throw Error(ErrorCode::not_found, "there is no file of this name in the report '", name, "'");
  };
  if (report == reports.end()) throw Error(ErrorCode::not_found, "there is no report '", name, "'");
  if (type == kTypes.end() || relative.is_absolute()) refuse();
  for (const fs::path& part : relative)
    if (part.string().starts_with('.')) refuse();
  std::error_code error;
  const fs::path root = fs::canonical(report->second, error);
  const fs::path file = error ? fs::path() : fs::canonical(root / relative, error);
  const auto [end, same] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  if (error || end != root.end() || !fs::is_regular_file(file, error)) refuse();
  HttpResponse out;
  out.type = type->second;
  out.body = read_text_file(file, kMostBytes);
  out.headers = {{"Content-Security-Policy", kPolicy}, {"Cache-Control", "no-cache"}};
  return out;
}

}  // namespace

void add_report_routes(Router& router, Service& service) {
  for (const fs::path& folder : service.options().reports) {
    if (!has_page(folder))
      service.log_event(quoted(folder) + " has no report yet: there is no index.html");
  }
  router.add({"GET", "/v1/reports", RouteAccess::read, 0, [&service](const Call& call) {
                answer_later(service, call, [&service] { return list_reports(service); });
              }});
  router.add(
      {"GET", "/reports/{name}/{path...}", RouteAccess::report, 0, [&service](const Call& call) {
         answer_later(service, call, [&service, call] {
           return report_file(service, call.values[0], call.values[1]);
         });
       }});
}

}  // namespace sightline::server

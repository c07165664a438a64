// The routes of the API (docs/server.md, src/server/api/openapi.json).
#pragma once

#include <functional>

#include "server/router.h"
#include "server/service.h"

namespace sightline::server {

// Each adds the routes of one file. `service` must outlive the router.
void add_search_routes(Router& router, Service& service);      // search, similar
void add_item_routes(Router& router, Service& service);        // items, images, thumbnails
void add_overview_routes(Router& router, Service& service);    // suggest, facets, timeline, places
void add_index_routes(Router& router, Service& service);       // models, index, failures
void add_feedback_routes(Router& router, Service& service);    // feedback, corrections
void add_judging_routes(Router& router, Service& service);     // judging, evaluation
void add_report_routes(Router& router, Service& service);      // reports of eval
void add_session_routes(Router& router, Service& service);     // session
void add_operation_routes(Router& router, Service& service);   // health, readiness, metrics, OpenAPI
void add_page_routes(Router& router, Service& service);        // the page

// Runs `make` on a worker thread and answers with its response, or with the problem document of its
// exception; at once with 503 if too many requests wait.
void answer_later(Service& service, const Call& call, std::function<HttpResponse()> make);
// Likewise on this thread.
void answer_now(Service& service, const Call& call, const std::function<HttpResponse()>& make);
// The problem document of the current exception; internal errors go to the event log.
HttpResponse problem_of_exception(Service& service, std::exception_ptr error);
HttpResponse busy();

}  // namespace sightline::server

// The functions that add routes, one for each file of routes (docs/server.md,
// src/server/api/openapi.json).
#pragma once

#include <functional>

#include "server/http/http_server.h"
#include "server/router.h"
#include "server/service.h"

namespace sightline::server {

// `service` must outlive the router.
void add_search_routes(Router& router, Service& service);       // search, similar
void add_item_routes(Router& router, Service& service);         // items, images, thumbnails
void add_explanation_routes(Router& router, Service& service);  // explanations of hits
void add_overview_routes(Router& router, Service& service);     // suggest, facets, timeline, places
void add_index_routes(Router& router, Service& service);        // models, index, failures
void add_feedback_routes(Router& router, Service& service);     // feedback, corrections
void add_judging_routes(Router& router, Service& service);      // judging, evaluation
void add_report_routes(Router& router, Service& service);       // reports of eval
void add_session_routes(Router& router, Service& service);      // session
// health, metrics, OpenAPI; `connections` is called for each request of /metrics
void add_operation_routes(Router& router, Service& service,
                          std::function<HttpCounts()> connections);
void add_page_routes(Router& router, Service& service);  // the page

// Routes of other programs' servers, for their clients.
void add_openai_routes(Router& router, Service& service);          // /v1/embeddings
void add_immich_routes(Router& router, Service& service);          // /ping, /predict
void add_clip_retrieval_routes(Router& router, Service& service);  // /knn-service, /indices-list

}  // namespace sightline::server

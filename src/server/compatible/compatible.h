// Routes of other programs' servers, for their clients.
#pragma once

#include <string>

#include "server/router.h"
#include "server/service.h"

namespace sightline::server {

void add_openai_routes(Router& router, Service& service);          // /v1/embeddings
void add_immich_routes(Router& router, Service& service);          // /ping, /predict
void add_clip_retrieval_routes(Router& router, Service& service);  // /knn-service, /indices-list

// The model of the library that a client means: the one with this name, spec or fingerprint, or the
// default one for any other text, because these clients must name one.
std::string model_name(Service& service, const std::string& text);

}  // namespace sightline::server

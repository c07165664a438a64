// Images of the library that requests name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/service.h"

namespace sightline::server {

// An image of the library, and where it is.
struct FoundImage {
  LibraryView view;
  int64_t key = 0, row = 0;
  VectorItem item;
};

// `model`: whose vectors are looked at; "": the default one. Throws not_found (no such image or
// model).
FoundImage find_image(Service& service, const std::string& id, const std::string& model = "");

// Reads the image's file. Throws not_found if it is gone or is no longer an image.
std::vector<uint8_t> read_image(const FoundImage& found);

}  // namespace sightline::server

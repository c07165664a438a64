#include "server/api/found_image.h"

#include <sightline/error.h>

#include <algorithm>

#include "image/decode.h"
#include "server/api/request_values.h"

namespace sightline::server {

FoundImage find_image(Service& service, const std::string& id, const std::string& model) {
  FoundImage out;
  out.key = parse_id(id);
  out.view = service.library().view(model);
  const auto row = out.view.collection->row_of_key(out.key);
  if (!row) throw Error(ErrorCode::not_found, "there is no image ", out.key);
  out.row = *row;
  const int64_t rows[] = {*row};
  out.item = out.view.collection->items(rows)[0];
  return out;
}

std::vector<uint8_t> read_image(const FoundImage& found) {
  const VectorItem items[] = {found.item};
  std::vector<uint8_t> bytes = std::move(found.view.collection->read_images(items)[0]);
  if (bytes.empty()) {
    throw Error(ErrorCode::not_found, "the file of the image ", found.key,
                " is gone; the index will notice it at its next update");
  }
  const size_t head = std::min<size_t>(bytes.size(), 4096);
  if (!image::has_image_signature({bytes.data(), head})) {
    throw Error(ErrorCode::not_found, "the file of the image ", found.key,
                " is no longer an image; the index will notice it at its next update");
  }
  return bytes;
}

}  // namespace sightline::server

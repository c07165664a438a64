#include "library/indexing/read_image.h"

#include <sightline/error.h>
#include <sightline/image.h>
#include <sightline/metadata.h>

#include <algorithm>
#include <ctime>

#include "base/file.h"
#include "base/path_id.h"
#include "data/readers/caption_sidecar.h"

namespace sightline::library {
namespace {

// A file that changed just now may change again with the same time stamp. Without a time of change
// it is read again by the next run.
constexpr int64_t kSettledNs = 100'000'000;

int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

ImageToIndex read_image_file(const std::string& path, SidecarFinder& sidecars) {
  ImageToIndex out;
  out.item.path = path;
  const Sidecars found = sidecars.find(path);
  out.item.sidecars = found.stamp;
  try {
    const int64_t begin = now_ns();
    ReadVersion read = read_file_version(path, ImageLimits{}.max_bytes);
    out.item.stamp = read.identity;
    if (begin - read.identity.ctime_ns < kSettledNs) out.item.stamp.ctime_ns = 0;
    out.item.born_ns = birth_time_ns(path);
    out.bytes = std::move(read.bytes);
    if (!read.stable) {
      out.error = "it changed while it was read";
      out.retry_soon = true;
      return out;
    }
  } catch (const Error& error) {
    out.error = error.what();
    out.retry_soon = error.code() != ErrorCode::limit_exceeded;
    return out;
  }
  try {
    if (!found.captions.empty()) out.item.about.captions = read_caption_sidecar(path);
    constexpr int64_t kMostXmpBytes = 16 << 20;
    if (!found.xmp.empty()) out.xmp = read_file(found.xmp, kMostXmpBytes);
  } catch (const Error&) {
    // The image can be searched without them. Without a stamp, they are read again by the next run.
    out.item.sidecars = "unreadable";
  }
  return out;
}

void describe_image(ImageToIndex& image) {
  if (image.error) return;
  image.digest = sha256(image.bytes);
  if (image.item.source != kFiles) return;
  ImageMetadata metadata = read_metadata(image.bytes, path_id(image.item.path), image.xmp);
  ItemDescription& about = image.item.about;
  if (metadata.date) about.taken = metadata.date->seconds;
  about.camera = std::move(metadata.camera);
  about.lens = std::move(metadata.lens);
  about.latitude = metadata.latitude;
  about.longitude = metadata.longitude;
  if (metadata.rating) about.rating = *metadata.rating;
  about.tags = std::move(metadata.tags);
  about.title = std::move(metadata.title);
  // Texts that people wrote about the photo are found like captions.
  for (const std::string& text : {about.title, metadata.description}) {
    if (!text.empty() && std::ranges::find(about.captions, text) == about.captions.end())
      about.captions.push_back(text);
  }
}

}  // namespace sightline::library

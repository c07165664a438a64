// Encodes texts and images for clients on a worker thread; requests that wait at the same time are
// encoded in one batch.
#pragma once

#include <sightline/matrix.h>
#include <sightline/server.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "server/batcher.h"
#include "server/served_library.h"

namespace sightline::server {

struct NamedImage {
  std::string name;  // for messages
  std::vector<uint8_t> bytes;
};

struct Embeddings {
  std::shared_ptr<const Model> model;
  Matrix texts, images;                            // (texts, D) and (images, D), of unit length
  int64_t tokens = 0;                              // of all texts
  std::vector<std::pair<int64_t, int64_t>> sizes;  // of images: width and height in pixels, upright
};

struct EmbeddingJob {
  std::string key;  // name, spec or fingerprint of a model of the library; "": the default one
  std::vector<std::string> texts;
  std::vector<NamedImage> images;
  // On the worker thread. Errors: not_found (the model), invalid_data (an image), cancelled (waited
  // too long), and what encoding throws.
  std::function<void(Embeddings, std::exception_ptr)> done;
};

// Thread-safe.
class EmbeddingService {
 public:
  EmbeddingService(ServedLibrary& library, const ServerOptions& options);

  // Returns false, without calling `done`, if too many jobs wait.
  bool add(EmbeddingJob job) { return batcher_.add(std::move(job)); }
  size_t waiting() const { return batcher_.length(); }
  void stop() { batcher_.stop(); }

 private:
  void answer(std::vector<EmbeddingJob> jobs);
  std::vector<Embeddings> encode(std::span<EmbeddingJob* const> jobs);

  ServedLibrary& library_;
  Batcher<EmbeddingJob> batcher_;
};

}  // namespace sightline::server

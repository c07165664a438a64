#include "server/embedding_service.h"

#include <sightline/encoder.h>
#include <sightline/error.h>

#include <algorithm>

#include "server/client_queue.h"

namespace sightline::server {
namespace {

Matrix rows_of(const Matrix& from, int64_t first, int64_t count) {
  Matrix out(count, from.dim);
  for (int64_t i = 0; i < count; ++i) std::ranges::copy(from.row(first + i), out.row(i).begin());
  return out;
}

void encode_texts(const Encoder& encoder, std::span<EmbeddingJob* const> jobs,
                  std::vector<Embeddings>& out) {
  std::vector<std::string> texts;
  for (const EmbeddingJob* job : jobs)
    texts.insert(texts.end(), job->texts.begin(), job->texts.end());
  if (texts.empty()) return;
  const EncodedTexts encoded = encoder.encode_texts(texts);
  int64_t first = 0;
  for (size_t j = 0; j < jobs.size(); ++j) {
    const auto count = static_cast<int64_t>(jobs[j]->texts.size());
    out[j].texts = rows_of(encoded.vectors, first, count);
    for (int64_t i = first; i < first + count; ++i)
      out[j].tokens += static_cast<int64_t>(encoded.tokens[static_cast<size_t>(i)].ids.size());
    first += count;
  }
}

void encode_images(const Encoder& encoder, std::span<EmbeddingJob* const> jobs,
                   std::vector<Embeddings>& out) {
  std::vector<ImageInput> images;
  for (const EmbeddingJob* job : jobs)
    for (const NamedImage& image : job->images) images.push_back({image.name, image.bytes});
  if (images.empty()) return;
  const EncodedImages encoded = encoder.encode_images(images);
  for (const auto& error : encoded.errors)
    if (error) throw Error(ErrorCode::invalid_data, *error);
  int64_t first = 0;
  for (size_t j = 0; j < jobs.size(); ++j) {
    const auto count = static_cast<int64_t>(jobs[j]->images.size());
    out[j].images = rows_of(encoded.vectors, first, count);
    for (int64_t i = first; i < first + count; ++i) {
      const ImageProperties& about = encoded.properties[static_cast<size_t>(i)];
      out[j].sizes.emplace_back(about.width, about.height);
    }
    first += count;
  }
}

}  // namespace

EmbeddingService::EmbeddingService(ServedLibrary& library, const ServerOptions& options)
    : library_(library), batcher_([&] {
        BatcherOptions<EmbeddingJob> queue = client_queue<EmbeddingJob>(options);
        queue.run = [this](std::vector<EmbeddingJob> jobs) { answer(std::move(jobs)); };
        return queue;
      }()) {}

std::vector<Embeddings> EmbeddingService::encode(std::span<EmbeddingJob* const> jobs) {
  const std::shared_ptr<const Model> model = library_.view(jobs.front()->key).model;
  std::vector<Embeddings> out(jobs.size());
  for (Embeddings& one : out) one.model = model;
  const Encoder encoder(*model, {.properties = true});
  encode_texts(encoder, jobs, out);
  encode_images(encoder, jobs, out);
  return out;
}

// An error of a batch is not attributed to a job, so that its jobs are repeated one by one.
void EmbeddingService::answer(std::vector<EmbeddingJob> jobs) {
  std::vector<EmbeddingJob*> all;
  for (EmbeddingJob& job : jobs) all.push_back(&job);
  if (jobs.size() > 1) {
    std::vector<Embeddings> made;
    try {
      made = encode(all);
    } catch (const std::exception&) {  // of any of them
    }
    for (size_t i = 0; i < made.size(); ++i) jobs[i].done(std::move(made[i]), nullptr);
    if (!made.empty()) return;
  }
  for (EmbeddingJob* const job : all) {
    std::vector<Embeddings> made;
    std::exception_ptr error;
    try {
      made = encode({&job, 1});
    } catch (...) {
      error = std::current_exception();
    }
    job->done(error ? Embeddings{} : std::move(made[0]), error);
  }
}

}  // namespace sightline::server

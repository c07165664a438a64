// Server: makes a library usable by browsers and other programs over HTTP (docs/server.md).
//
//   sightline::ServerOptions options;
//   options.library = folder;
//   sightline::Server server(options);
//   … server.port() …
//   server.stop(10);
#pragma once

#include <sightline/library.h>
#include <sightline/model.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct ServerOptions {
  std::filesystem::path library;
  std::string model;           // name, spec or fingerprint of one of its models; "": the active one
  ModelOptions model_options;  // backend, device and digest cache; the rest is the library's
  // Returns the path with which Model::load finds a model of the library. By default its spec.
  std::function<std::string(const LibraryModel&)> locate_model;

  std::string address = "127.0.0.1";  // IPv4 or IPv6
  uint16_t port = 8765;               // 0: any free one
  // Clients must send it ("Authorization: Bearer TOKEN"). Required if `address` is not a loopback
  // address; at least 16 characters without white space.
  std::string token;
  std::vector<std::string>
      allowed_hosts;                      // names in the header Host, besides address and localhost
  std::vector<std::string> cors_origins;  // pages of other servers that may use the API
  bool show_paths = false;                // clients see the absolute paths of images
  bool read_only = false;                 // refuses judgements, corrections and indexing
  bool watch = false;                     // follows the library's folders and indexes changes
  std::vector<std::filesystem::path> reports;  // folders that `eval` wrote
  std::optional<std::filesystem::path> cache;  // for thumbnails and null models

  int64_t max_upload_bytes = 64 << 20;  // of a request body with images
  int max_connections = 512;
  int queue_length = 256;    // waiting searches, and likewise waiting requests of other kinds
  double queue_seconds = 1;  // a request that waited longer is refused (503)
  int max_batch = 32;        // searches that are answered together
  double header_seconds = 10, body_seconds = 30, write_seconds = 30, idle_seconds = 60;

  // Receives each line of the access log, a JSON object. Calls do not overlap. Without query texts
  // unless log_queries.
  std::function<void(const std::string&)> access_log;
  bool log_queries = false;
  // Receives internal errors and other events, one sentence each. Calls do not overlap.
  std::function<void(const std::string&)> event_log;
};

// A running server. Thread-safe.
class Server {
 public:
  // Opens the library, loads the model and listens. Throws not_found, invalid_argument (an address
  // without a token, a weak token, a malformed option), io (the address is in use), and what
  // Library and Model::load throw.
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:8765/"

  // Accepts no further request, finishes those that were accepted for at most `grace_s`, and stops
  // indexing. May be called several times.
  void stop(double grace_s);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sightline

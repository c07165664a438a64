#include "server/http/http_server.h"

#include <microhttpd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "server/http/blocked_signals.h"
#include "server/http/listen.h"
#include "server/http/transaction.h"
#include "server/http/wire.h"
#include "sightline/error.h"

namespace sightline::server {
namespace {

using Connection = ConnectionWatch::Connection;

Connection* connection_of(MHD_Connection* handle) {
  const auto* info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? static_cast<Connection*>(info->socket_context) : nullptr;
}

MHD_Result accept_policy(void* server, const sockaddr*, socklen_t) {
  ServerState& state = *static_cast<ServerState*>(server);
  if (MHD_Daemon* const daemon = state.to_quiesce.exchange(nullptr)) MHD_quiesce_daemon(daemon);
  return !state.draining && state.watch.has_room() ? MHD_YES : MHD_NO;
}

// Makes libmicrohttpd accept no more connections. MHD_quiesce_daemon may be called on any thread,
// but on another than the connection thread, there is a moment at which that thread aborts the
// process: both remove the listening socket from epoll. So the connection thread calls it when it
// accepts a connection, for which it is given one. If it accepts none because it has too many, the
// socket is not in epoll.
void quiesce(ServerState& state, MHD_Daemon* daemon, int listening) {
  using namespace std::chrono_literals;
  state.to_quiesce = daemon;
  poke(listening);
  for (int i = 0; i < 200 && state.to_quiesce; ++i) std::this_thread::sleep_for(1ms);
  if (state.to_quiesce.exchange(nullptr)) MHD_quiesce_daemon(daemon);
}

void connection_changed(void* server, MHD_Connection* handle, void** context,
                        MHD_ConnectionNotificationCode code) {
  ConnectionWatch& watch = static_cast<ServerState*>(server)->watch;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    const auto* info = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = info ? watch.opened(info->connect_fd, peer_address(handle)) : nullptr;
  } else if (*context) {
    watch.closed(static_cast<Connection*>(*context));
    *context = nullptr;
  }
}

void* request_line_received(void* server, const char* target, MHD_Connection* handle) {
  Connection* const connection = connection_of(handle);
  if (!connection || !target) return nullptr;
  auto* const transaction =
      new Transaction(*static_cast<ServerState*>(server), *connection, target);
  // libmicrohttpd would parse the query string next, and if its parameters need more memory than
  // the connection has, version 0.9.75 neither answers nor closes the connection. `target` is its
  // own, writable buffer.
  if (const char* const query = std::strchr(target, '?')) *const_cast<char*>(query + 1) = '\0';
  return transaction;
}

// Called with the head, with each part of the body, when the request is complete, and after
// suspension.
MHD_Result handle_request(void*, MHD_Connection* handle, const char*, const char* method,
                          const char* version, const char* data, size_t* size, void** context) {
  auto* const transaction = static_cast<Transaction*>(*context);
  if (!transaction) return MHD_NO;
  try {
    bool open;
    if (!transaction->has_head()) {
      open = transaction->head_received(handle, method, version);
    } else if (*size > 0) {
      open = transaction->body_received({data, *size});
      *size = 0;
    } else {
      open = transaction->request_received(handle);
    }
    return open ? MHD_YES : MHD_NO;
  } catch (...) {  // out of memory
    return MHD_NO;
  }
}

void request_ended(void*, MHD_Connection*, void** context, MHD_RequestTerminationCode code) {
  const std::unique_ptr<Transaction> transaction(static_cast<Transaction*>(*context));
  *context = nullptr;
  if (!transaction) return;
  transaction->ended(code == MHD_REQUEST_TERMINATED_COMPLETED_OK,
                     code == MHD_REQUEST_TERMINATED_CLIENT_ABORT);
}

void check(const HttpOptions& options) {
  const bool valid = options.max_connections > 0 && options.max_header_bytes >= 1024 &&
                     options.max_header_bytes <= (1 << 20) && options.max_pending_body_bytes >= 0 &&
                     options.max_pending_answer_bytes >= 0 && options.header_timeout_s > 0 &&
                     options.body_timeout_s > 0 && options.write_timeout_s > 0 &&
                     options.idle_timeout_s > 0 && options.min_bytes_per_s > 0;
  if (!valid) {
    throw Error(
        ErrorCode::invalid_argument,
        "the HTTP server's limits are invalid: expected positive numbers, and 1024 to 1048576 "
        "bytes for headers");
  }
}

MHD_Daemon* start_daemon(ServerState& state, int listening) {
  // libmicrohttpd takes the memory of its own structures and of the response's headers from the
  // same limit, and cannot be given the text of its own 431, so heads up to twice the limit are
  // read and refused here.
  const auto memory = static_cast<size_t>(2 * state.options.max_header_bytes + 8192);
  const auto limit = static_cast<unsigned>(static_cast<size_t>(state.options.max_connections) +
                                           ConnectionWatch::kSpareRoom + 1);
  const BlockedSignals blocked;
  return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC, 0,
                          &accept_policy, &state, &handle_request, &state, MHD_OPTION_LISTEN_SOCKET,
                          listening, MHD_OPTION_CONNECTION_LIMIT, limit,
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, MHD_OPTION_NOTIFY_CONNECTION,
                          &connection_changed, &state, MHD_OPTION_NOTIFY_COMPLETED, &request_ended,
                          nullptr, MHD_OPTION_URI_LOG_CALLBACK, &request_line_received, &state,
                          MHD_OPTION_END);
}

}  // namespace

struct HttpServer::Implementation {
  explicit Implementation(HttpOptions options) : state(std::move(options)) {}

  ServerState state;
  ListeningSocket listening;
  std::mutex mutex;
  MHD_Daemon* daemon = nullptr;
};

HttpServer::HttpServer(HttpOptions options) {
  check(options);
  implementation_ = std::make_unique<Implementation>(std::move(options));
  Implementation& own = *implementation_;
  own.listening = listen_at(own.state.options.address, own.state.options.port);
  own.daemon = start_daemon(own.state, own.listening.descriptor);
  if (!own.daemon) {
    close(own.listening.descriptor);
    throw Error(ErrorCode::io, "cannot start the HTTP server at ", own.state.options.address,
                " port ", own.listening.port, ": libmicrohttpd reported an error");
  }
}

HttpServer::~HttpServer() {
  stop(0);
}

std::uint16_t HttpServer::port() const {
  return implementation_->listening.port;
}

HttpCounts HttpServer::counts() const {
  return implementation_->state.watch.counts();
}

void HttpServer::stop(double grace_s) {
  Implementation& own = *implementation_;
  const std::lock_guard lock(own.mutex);
  if (!own.daemon) return;
  const auto end =
      ConnectionWatch::Clock::now() + std::chrono::duration_cast<ConnectionWatch::Clock::duration>(
                                          std::chrono::duration<double>(grace_s));
  own.state.draining = true;
  quiesce(own.state, own.daemon, own.listening.descriptor);
  // The daemon's thread may still use the socket, so it is closed after that; this refuses
  // connections.
  shutdown(own.listening.descriptor, SHUT_RDWR);
  own.state.watch.drain();
  own.state.watch.wait_until_empty(end);
  own.state.watch.abandon_all();
  MHD_stop_daemon(own.daemon);
  own.daemon = nullptr;
  close(own.listening.descriptor);
}

}  // namespace sightline::server

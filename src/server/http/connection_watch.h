// Follows the connections of a server: stages, deadlines and the limit on their number.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/http/http_server.h"
#include "server/http/pending_answer.h"

struct pollfd;

namespace sightline::server {

enum class ConnectionStage {
  connected,  // waits for the first head
  idle,       // has been answered
  head,       // has sent a later request line
  body,       // has sent a head
  handling,   // has sent a request
  writing,    // is being answered
};

// libmicrohttpd's timeouts count from the last byte. This class limits the total time of a stage: a
// thread shuts down the socket of a late connection, whereupon the connection thread closes it. The
// thread also notices when clients of suspended connections leave, and reads what clients still
// send after an early answer, so that the kernel does not reset the connection before they have
// read it.
class ConnectionWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // Connections beyond the limit that may exist until the connection thread has closed others.
  static constexpr size_t kSpareRoom = 64;

  struct Connection {
    std::uint64_t id = 0;
    int socket = -1;
    std::string peer;

   private:
    friend class ConnectionWatch;
    ConnectionStage stage = ConnectionStage::connected;
    Clock::time_point since, deadline;
    bool timed_out = false;       // the deadline of its stage is over
    bool left = false;            // its client has closed it or its sending direction
    bool ending = false;          // one of both, and its socket is being shut down
    bool shut = false;            // no longer read by this side
    bool answered_early = false;  // before the client had sent all
    std::shared_ptr<PendingAnswer> pending;
  };

  explicit ConnectionWatch(const HttpOptions& options);
  ~ConnectionWatch();
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

  // For the connection thread. A connection exists from opened() to closed(); closed() must precede
  // the closing of its socket.
  Connection* opened(int socket, std::string peer);
  void closed(Connection* connection);
  void request_line_received(Connection& connection);
  // bytes: size of the body or answer, as far as known
  void enter(Connection& connection, ConnectionStage stage, std::int64_t bytes = 0,
             std::shared_ptr<PendingAnswer> pending = {});
  void answered_early(Connection& connection);
  bool timed_out(const Connection& connection) const;
  // Returns whether there is room for one more connection, which opened() may close another for.
  bool has_room();

  // For any thread. drain(): idle connections are closed, others after their answer.
  void drain();
  bool wait_until_empty(Clock::time_point end);
  void abandon_all();  // pending answers, those of later enter() included
  HttpCounts counts() const;

 private:
  struct Lingering {
    int socket;
    Clock::time_point end;
  };

  void start_stage(Connection& connection, ConnectionStage stage, std::int64_t bytes = 0);
  void make_room(const Connection& newest);
  void shut(Connection& connection, int direction);
  void linger(const Connection& connection);
  void run();
  void expire(Clock::time_point now);
  int collect(std::vector<pollfd>& polled, std::vector<std::uint64_t>& ids, Clock::time_point now);
  void notice(const std::vector<pollfd>& polled, const std::vector<std::uint64_t>& ids);
  void discard_input(Clock::time_point now);
  void wake();

  const std::map<ConnectionStage, Clock::duration> times_;  // absent: unlimited
  const double min_bytes_per_s_;
  const size_t max_connections_;
  const int wakeup_;  // eventfd
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::map<std::uint64_t, Connection> connections_;
  std::vector<Lingering> lingering_;
  HttpCounts counts_;
  std::uint64_t next_id_ = 1;
  bool draining_ = false, abandoned_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace sightline::server

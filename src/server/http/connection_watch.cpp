#include "server/http/connection_watch.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/http/blocked_signals.h"
#include "sightline/error.h"

namespace sightline::server {
namespace {

using namespace std::chrono_literals;
using Clock = ConnectionWatch::Clock;

constexpr auto kTick = 50ms;  // granularity of deadlines, and of noticing that a client has left
constexpr auto kTimeToClose = 500ms;  // for the connection thread to react to a passed deadline
constexpr auto kRepeat = 7ms;
constexpr auto kLinger = 2s;  // for which input is discarded after an early answer
constexpr size_t kMaxLingering = 64;
constexpr auto kOccupied =
    5s;  // after which a slow transfer may be closed in favour of a new connection

Clock::duration duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(std::min(seconds, 1e6)));
}

bool waits_for_request(ConnectionStage stage) {
  return stage <= ConnectionStage::head;
}

}  // namespace

ConnectionWatch::ConnectionWatch(const HttpOptions& options)
    : times_{{ConnectionStage::connected, duration(options.header_timeout_s)},
             {ConnectionStage::idle, duration(options.idle_timeout_s)},
             {ConnectionStage::head, duration(options.header_timeout_s)},
             {ConnectionStage::body, duration(options.body_timeout_s)},
             {ConnectionStage::writing, duration(options.write_timeout_s)}},
      min_bytes_per_s_(options.min_bytes_per_s),
      max_connections_(static_cast<size_t>(options.max_connections)),
      wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wakeup_ < 0) throw Error(ErrorCode::io, "cannot create an eventfd: ", std::strerror(errno));
  const BlockedSignals blocked;
  thread_ = std::thread([this] { run(); });
}

ConnectionWatch::~ConnectionWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    wake();
  }
  thread_.join();
  for (const Lingering& lingering : lingering_) close(lingering.socket);
  close(wakeup_);
}

void ConnectionWatch::start_stage(Connection& connection, ConnectionStage stage,
                                  std::int64_t bytes) {
  connection.stage = stage;
  connection.since = Clock::now();
  connection.timed_out = connection.ending = false;
  const auto time = times_.find(stage);
  const auto for_bytes = duration(static_cast<double>(bytes) / min_bytes_per_s_);
  connection.deadline =
      time == times_.end() ? Clock::time_point::max() : connection.since + time->second + for_bytes;
  const bool receives = stage != ConnectionStage::handling && stage != ConnectionStage::writing;
  if (connection.left && receives) connection.deadline = connection.since;
}

ConnectionWatch::Connection* ConnectionWatch::opened(int socket, std::string peer) {
  const std::lock_guard lock(mutex_);
  if (connections_.empty()) wake();
  Connection& connection = connections_[next_id_];
  connection.id = next_id_++;
  connection.socket = socket;
  connection.peer = std::move(peer);
  start_stage(connection, ConnectionStage::connected);
  ++counts_.connections;
  if (draining_) shut(connection, SHUT_RD);
  make_room(connection);
  return &connection;
}

// Closes the connection that has waited longest for a request; without one, a transfer that has
// taken long; without that, the newest connection.
void ConnectionWatch::make_room(const Connection& newest) {
  const auto open = std::count_if(connections_.begin(), connections_.end(),
                                  [](const auto& entry) { return !entry.second.shut; });
  if (static_cast<size_t>(open) <= max_connections_) return;
  Connection* waiting = nullptr;
  Connection* slow = nullptr;
  for (auto& [id, connection] : connections_) {
    if (connection.shut || id == newest.id || connection.stage == ConnectionStage::handling)
      continue;
    Connection*& longest = waits_for_request(connection.stage) ? waiting : slow;
    if (!longest || connection.since < longest->since) longest = &connection;
  }
  if (slow && newest.since - slow->since < kOccupied) slow = nullptr;
  Connection* const chosen = waiting ? waiting : slow ? slow : &connections_.at(newest.id);
  shut(*chosen, SHUT_RDWR);
  ++counts_.refused;
}

bool ConnectionWatch::has_room() {
  const std::lock_guard lock(mutex_);
  if (connections_.size() < max_connections_ + kSpareRoom) return true;
  ++counts_.refused;
  return false;
}

void ConnectionWatch::closed(Connection* connection) {
  const std::lock_guard lock(mutex_);
  linger(*connection);
  connections_.erase(connection->id);
  if (connections_.empty()) empty_.notify_all();
}

// Keeps the socket open if the client has sent, or may send, what was not read.
void ConnectionWatch::linger(const Connection& connection) {
  if (lingering_.size() >= kMaxLingering) return;
  char byte;
  const ssize_t unread = recv(connection.socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  const bool sends = unread > 0 || (unread < 0 && errno == EAGAIN && connection.answered_early);
  if (!sends) return;
  const int copy = fcntl(connection.socket, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return;
  if (lingering_.empty()) wake();
  lingering_.push_back({copy, Clock::now() + kLinger});
}

void ConnectionWatch::request_line_received(Connection& connection) {
  const std::lock_guard lock(mutex_);
  ++counts_.requests;
  if (connection.stage == ConnectionStage::idle) start_stage(connection, ConnectionStage::head);
}

void ConnectionWatch::enter(Connection& connection, ConnectionStage stage, std::int64_t bytes,
                            std::shared_ptr<PendingAnswer> pending) {
  const std::lock_guard lock(mutex_);
  start_stage(connection, stage, bytes);
  connection.pending = std::move(pending);
  if (abandoned_ && connection.pending) connection.pending->abandon();
  if (draining_ && stage == ConnectionStage::idle) shut(connection, SHUT_RD);
}

void ConnectionWatch::answered_early(Connection& connection) {
  const std::lock_guard lock(mutex_);
  connection.answered_early = true;
}

bool ConnectionWatch::timed_out(const Connection& connection) const {
  const std::lock_guard lock(mutex_);
  return connection.timed_out;
}

void ConnectionWatch::shut(Connection& connection, int direction) {
  shutdown(connection.socket, direction);
  connection.shut = true;
}

// Bytes that a client has sent already are still read after SHUT_RD, so its request is answered.
void ConnectionWatch::drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (auto& [id, connection] : connections_) {
    if (waits_for_request(connection.stage) && !connection.shut) shut(connection, SHUT_RD);
  }
}

bool ConnectionWatch::wait_until_empty(Clock::time_point end) {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, end, [this] { return connections_.empty(); });
}

void ConnectionWatch::abandon_all() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  for (auto& [id, connection] : connections_) {
    if (connection.pending) connection.pending->abandon();
  }
}

HttpCounts ConnectionWatch::counts() const {
  const std::lock_guard lock(mutex_);
  HttpCounts counts = counts_;
  counts.open = static_cast<std::int64_t>(connections_.size());
  return counts;
}

void ConnectionWatch::wake() {
  eventfd_write(wakeup_, 1);
}

void ConnectionWatch::run() {
  std::vector<pollfd> polled;
  std::vector<std::uint64_t> ids;
  std::unique_lock lock(mutex_);
  while (!ending_) {
    // The same time for both, so that no deadline passes in between: a negative timeout is endless.
    const Clock::time_point now = Clock::now();
    expire(now);
    const int timeout_ms = collect(polled, ids, now);
    lock.unlock();
    poll(polled.data(), polled.size(), timeout_ms);
    eventfd_t ignored;
    eventfd_read(wakeup_, &ignored);
    lock.lock();
    notice(polled, ids);
    discard_input(Clock::now());
  }
}

// First shuts down only the reading direction of a client that is being waited for, so that it can
// receive 408. The connection thread sees the end only if it reads while no byte has just arrived,
// so this is repeated; each call is an event for it. If it still goes on, shuts down both
// directions.
void ConnectionWatch::expire(Clock::time_point now) {
  for (auto& [id, connection] : connections_) {
    if (now < connection.deadline) continue;
    if (!connection.ending) {
      connection.ending = true;
      connection.timed_out = !connection.left;
      if (connection.timed_out && connection.stage != ConnectionStage::idle) ++counts_.timeouts;
      connection.since = now;
    }
    const bool at_once =
        connection.stage == ConnectionStage::writing || now - connection.since > kTimeToClose;
    shut(connection, at_once ? SHUT_RDWR : SHUT_RD);
    connection.deadline = at_once ? Clock::time_point::max() : now + kRepeat;
  }
}

// Lists the sockets to poll: the eventfd, those that linger, those of `ids`. Returns the timeout in
// ms.
int ConnectionWatch::collect(std::vector<pollfd>& polled, std::vector<std::uint64_t>& ids,
                             Clock::time_point now) {
  polled.assign(1, pollfd{wakeup_, POLLIN, 0});
  ids.clear();
  for (const Lingering& lingering : lingering_) polled.push_back({lingering.socket, POLLIN, 0});
  Clock::time_point next = now + kTick;
  for (const auto& [id, connection] : connections_) {
    next = std::min(next, connection.deadline);
    const bool handling = connection.stage == ConnectionStage::handling;
    if (connection.stage == ConnectionStage::writing ||
        (handling ? !connection.pending : connection.shut))
      continue;
    // After SHUT_RD by this side, POLLRDHUP says nothing about the client.
    const bool tells = !connection.shut || connection.left;
    polled.push_back({connection.socket, static_cast<short>(tells ? POLLRDHUP : 0), 0});
    ids.push_back(id);
  }
  if (connections_.empty() && lingering_.empty()) return -1;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(next - now).count());
}

// Abandons the answers of clients that have left, and ends connections that wait for more:
// libmicrohttpd is told of the end of input by an edge-triggered event, which it loses if the end
// arrives with a request. The sockets may have been closed in the meantime, and others opened with
// their numbers, but ids are not reused.
void ConnectionWatch::notice(const std::vector<pollfd>& polled,
                             const std::vector<std::uint64_t>& ids) {
  const size_t first = polled.size() - ids.size();
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!(polled[first + i].revents & (POLLRDHUP | POLLHUP | POLLERR))) continue;
    const auto found = connections_.find(ids[i]);
    if (found == connections_.end()) continue;
    Connection& connection = found->second;
    if (connection.stage == ConnectionStage::handling) {
      if (connection.pending) connection.pending->abandon();
      connection.pending.reset();
    } else if (connection.stage != ConnectionStage::writing && !connection.ending) {
      connection.left = true;
      connection.deadline = Clock::time_point::min();
    }
  }
}

void ConnectionWatch::discard_input(Clock::time_point now) {
  const auto done = [now](const Lingering& lingering) {
    static thread_local std::array<char, 65536> ignored;
    ssize_t bytes = 1;
    for (int i = 0; i < 16 && bytes > 0; ++i) {
      bytes = recv(lingering.socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
    }
    const bool waits = bytes > 0 || (bytes < 0 && errno == EAGAIN);
    if (waits && now < lingering.end) return false;
    close(lingering.socket);
    return true;
  };
  std::erase_if(lingering_, done);
}

}  // namespace sightline::server

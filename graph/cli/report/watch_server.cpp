#include "graph/cli/report/watch_server.hpp"

#include <mutex>
#include <set>
#include <thread>

#include "graph/cli/report/page.hpp"
#include "graph/cli/report/watch_session.hpp"
#include "graph/core/diagnostic.hpp"

namespace ebb {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t max_sessions = 32;
constexpr std::chrono::seconds patience_at_end(1), patience_with_watchers(15);

}  // namespace

struct WatchServer::Impl : WatchedNews {
  explicit Impl(std::uint16_t port);
  ~Impl();
  void accept();
  void end();

  std::shared_ptr<const News> latest() override {
    const std::lock_guard lock(mutex);
    return news;
  }
  void asked() override { last_asked = Clock::now().time_since_epoch().count(); }
  bool is_ending() const override { return ending; }
  void closed(const std::shared_ptr<WatchSession>& session) override {
    sessions.erase(session);
    if (ending && sessions.empty()) context.stop();
  }

  net::io_context context{1};
  tcp::acceptor acceptor{context};
  net::steady_timer last_moment{context};
  std::string token = random_word(), address;
  WatchAddress where;
  std::set<std::shared_ptr<WatchSession>> sessions;
  bool ending = false;
  std::thread thread;  // which alone uses what stands above
  std::atomic<Clock::rep> last_asked{0};
  std::mutex mutex;
  std::shared_ptr<const News> news = std::make_shared<News>();
};

WatchServer::Impl::Impl(std::uint16_t port) {
  const tcp::endpoint here(net::ip::address_v4::loopback(), port);
  try {
    acceptor.open(here.protocol());
    acceptor.set_option(net::socket_base::reuse_address(true));
    acceptor.bind(here);
    acceptor.listen();
  } catch (const boost::system::system_error& error) {
    throw UserError("cannot listen on port " + std::to_string(port) +
                    " of 127.0.0.1: " + error.code().message());
  }
  const std::string colon_port = ":" + std::to_string(acceptor.local_endpoint().port());
  where = {"/" + token + "/", {"127.0.0.1" + colon_port, "localhost" + colon_port}};
  address = "http://" + where.hosts[0] + where.prefix;
  accept();
  thread = std::thread([this] { context.run(); });
}

WatchServer::Impl::~Impl() {
  net::post(context, [this] { end(); });
  thread.join();
}

void WatchServer::Impl::accept() {
  acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
    if (error == net::error::operation_aborted) return;
    if (!error && sessions.size() < max_sessions) {
      const auto session = std::make_shared<WatchSession>(std::move(socket), where, *this);
      sessions.insert(session);
      session->read();
    }
    accept();
  });
}

// Those that follow the news get the last, if they ask soon enough.
void WatchServer::Impl::end() {
  ending = true;
  acceptor.close();
  const auto all = sessions;
  for (const auto& session : all) session->end();
  if (sessions.empty()) return context.stop();
  last_moment.expires_after(patience_at_end);
  last_moment.async_wait([this](beast::error_code) { context.stop(); });
}

WatchServer::WatchServer(std::uint16_t port) : impl_(std::make_unique<Impl>(port)) {}

WatchServer::~WatchServer() = default;

const std::string& WatchServer::address() const { return impl_->address; }

bool WatchServer::is_watched() const {
  const Clock::duration asked(impl_->last_asked.load());
  return asked.count() != 0 && Clock::now().time_since_epoch() - asked < patience_with_watchers;
}

void WatchServer::publish(std::string page, std::string data) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->news =
        std::make_shared<News>(News{impl_->news->version + 1, std::move(page), std::move(data)});
  }
  net::post(impl_->context, [impl = impl_.get()] {
    for (const auto& session : impl->sessions) session->wake();
  });
}

}  // namespace ebb

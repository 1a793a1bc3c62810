// One connection of a browser that watches a training.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
// After <utility>, which Asio forgets.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace ebb {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;

// Version 0 is none yet.
struct News {
  std::uint64_t version = 0;
  std::string page, data;
};

struct WatchAddress {
  std::string prefix;              // "/TOKEN/"
  std::vector<std::string> hosts;  // what a request may call this machine
};

class WatchSession;

// What a session asks of its server.
class WatchedNews {
 public:
  virtual ~WatchedNews() = default;
  virtual std::shared_ptr<const News> latest() = 0;
  virtual void asked() = 0;
  virtual bool is_ending() const = 0;
  virtual void closed(const std::shared_ptr<WatchSession>& session) = 0;
};

// Runs in the server's thread alone.
class WatchSession : public std::enable_shared_from_this<WatchSession> {
 public:
  // Both references must outlive it.
  WatchSession(tcp::socket socket, const WatchAddress& where, WatchedNews& news)
      : stream_(std::move(socket)), timer_(stream_.get_executor()), where_(where), news_(news) {}

  void read();
  // There are news.
  void wake() { timer_.cancel(); }
  // Closes unless it follows the news and has not got the last.
  void end();

 private:
  // What a request asks for.
  struct Wish {
    bool page = false;
    std::uint64_t after = 0;  // a version
  };

  void received(beast::error_code error);
  bool is_for_us() const;
  std::optional<Wish> wish_of(std::string_view target) const;
  void wait_for_news(std::chrono::steady_clock::time_point until);
  void answer_news(const News& news);
  void answer(http::status status, std::string body, const char* type);
  void close();

  beast::tcp_stream stream_;
  net::steady_timer timer_;
  const WatchAddress& where_;
  WatchedNews& news_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
  Wish wish_;
  std::uint64_t told_ = 0;  // the last version that it was told
  bool follows_ = false;
};

}  // namespace ebb

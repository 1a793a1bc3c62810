#include "graph/cli/report/watch_session.hpp"

#include <algorithm>
#include <charconv>

namespace ebb {

namespace {

constexpr std::uint32_t max_header = 8192;
constexpr std::chrono::seconds patience_for_io(15), patience_for_news(10);

// Takes as long for any two texts of one length.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

std::string_view text(beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

void WatchSession::read() {
  parser_.emplace();
  parser_->header_limit(max_header);
  stream_.expires_after(patience_for_io);
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->received(error); });
}

void WatchSession::received(beast::error_code error) {
  if (error == http::error::end_of_stream) return close();
  if (error.category() == http::make_error_code(http::error::bad_method).category())
    return answer(http::status::bad_request, "This is no request for the report.\n", "text/plain");
  if (error) return close();
  const auto wish = is_for_us() ? wish_of(text(parser_->get().target())) : std::nullopt;
  if (!wish) return answer(http::status::not_found, "There is nothing here.\n", "text/plain");
  if (parser_->get().method() != http::verb::get)
    return answer(http::status::method_not_allowed, "Only GET.\n", "text/plain");
  wish_ = *wish;
  if (!wish_.page) {
    news_.asked();
    follows_ = true;
  }
  wait_for_news(std::chrono::steady_clock::now() + patience_for_news);
}

// A page of another site may have a name of its own that means this machine.
bool WatchSession::is_for_us() const {
  const auto host = text(parser_->get()[http::field::host]);
  const auto target = text(parser_->get().target()).substr(0, where_.prefix.size());
  return std::ranges::find(where_.hosts, host) != where_.hosts.end() && same(target, where_.prefix);
}

std::optional<WatchSession::Wish> WatchSession::wish_of(std::string_view target) const {
  target.remove_prefix(where_.prefix.size());
  if (target.empty()) return Wish{true, 0};
  constexpr std::string_view data = "data?after=";
  if (!target.starts_with(data)) return std::nullopt;
  target.remove_prefix(data.size());
  Wish wish;
  const auto [end, error] =
      std::from_chars(target.data(), target.data() + target.size(), wish.after);
  if (error != std::errc() || end != target.data() + target.size()) return std::nullopt;
  return wish;
}

void WatchSession::wait_for_news(std::chrono::steady_clock::time_point until) {
  if (!stream_.socket().is_open()) return;
  const auto latest = news_.latest();
  if (latest->version > wish_.after) return answer_news(*latest);
  if (std::chrono::steady_clock::now() >= until)
    return answer(http::status::no_content, "", "text/plain");
  timer_.expires_at(until);
  timer_.async_wait(
      [self = shared_from_this(), until](beast::error_code) { self->wait_for_news(until); });
}

void WatchSession::answer_news(const News& news) {
  if (!wish_.page) told_ = news.version;
  response_ = {};
  response_.set("Ebb-Version", std::to_string(news.version));
  answer(http::status::ok, wish_.page ? news.page : news.data,
         wish_.page ? "text/html; charset=utf-8" : "application/json");
}

void WatchSession::answer(http::status status, std::string body, const char* type) {
  const bool is_last = status == http::status::bad_request || news_.is_ending();
  response_.result(status);
  response_.version(11);
  response_.set(http::field::content_type, type);
  response_.set(http::field::cache_control, "no-store");
  response_.set("Content-Security-Policy", "frame-ancestors 'none'");
  response_.set("Cross-Origin-Resource-Policy", "same-origin");
  response_.set("Referrer-Policy", "no-referrer");
  response_.set("X-Content-Type-Options", "nosniff");
  response_.keep_alive(!is_last && parser_->get().keep_alive());
  response_.body() = std::move(body);
  response_.prepare_payload();
  stream_.expires_after(patience_for_io);
  http::async_write(stream_, response_,
                    [self = shared_from_this()](beast::error_code error, std::size_t) {
                      if (error || !self->response_.keep_alive()) return self->close();
                      self->response_ = {};
                      if (self->news_.is_ending()) self->end();
                      if (self->stream_.socket().is_open()) self->read();
                    });
}

void WatchSession::end() {
  if (!follows_ || told_ == news_.latest()->version) close();
}

void WatchSession::close() {
  if (!stream_.socket().is_open()) return;
  beast::error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.socket().close(ignored);
  timer_.cancel();
  news_.closed(shared_from_this());
}

}  // namespace ebb

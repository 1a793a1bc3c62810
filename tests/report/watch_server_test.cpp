#include "graph/cli/report/watch_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <optional>
#include <string>

#include "tests/support/scratch.hpp"

using namespace ebb;
using test::Scratch;

namespace {

// A connection that waits no longer than 5 seconds for anything.
class Client {
 public:
  explicit Client(std::uint16_t port, const char* host = "127.0.0.1") {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const struct timeval patience { 5, 0 };
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, host, &address.sin_addr);
    connected_ =
        ::connect(socket_, reinterpret_cast<struct sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  void send(const std::string& text) const {
    ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  // Until the server closes.
  std::string rest() const {
    std::string text;
    char bytes[4096];
    for (ssize_t n = 0; (n = ::recv(socket_, bytes, sizeof bytes, 0)) > 0;)
      text.append(bytes, static_cast<std::size_t>(n));
    return text;
  }

 private:
  int socket_ = -1;
  bool connected_ = false;
};

struct Served : Scratch {
  std::optional<WatchServer> server{std::in_place, std::uint16_t{0}};
  std::string address = server->address();
  std::string host = address.substr(7, address.find('/', 7) - 7);
  std::uint16_t port = static_cast<std::uint16_t>(std::stoi(host.substr(host.find(':') + 1)));
  std::string prefix = address.substr(7 + host.size());

  std::string request(const std::string& target, const std::string& method = "GET") const {
    return method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
  }
  std::string answer(const std::string& text) const {
    const Client client(port);
    client.send(text);
    return client.rest();
  }
};

std::string answer_text(const std::string& status, const std::string& type, const std::string& body,
                        const std::string& version = "") {
  return "HTTP/1.1 " + status + "\r\n" + version + "Content-Type: " + type +
         "\r\nCache-Control: no-store\r\nContent-Security-Policy: frame-ancestors 'none'\r\n"
         "Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n"
         "X-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string nothing = answer_text("404 Not Found", "text/plain", "There is nothing here.\n");

}  // namespace

BOOST_FIXTURE_TEST_SUITE(watch_server, Served)

BOOST_AUTO_TEST_CASE(its_address_holds_the_loopback_interface_and_a_random_word) {
  BOOST_TEST(address.starts_with("http://127.0.0.1:"));
  BOOST_TEST(prefix.size() == 34u);
  const WatchServer other(0);
  BOOST_TEST(other.address().substr(other.address().size() - 34) != prefix);
}

BOOST_AUTO_TEST_CASE(it_listens_on_127_0_0_1_alone) {
  BOOST_TEST(Client(port).connected());
  // All of 127.0.0.0/8 is this machine; a server of every interface would answer there.
  BOOST_TEST(!Client(port, "127.0.0.2").connected());
}

BOOST_AUTO_TEST_CASE(it_gives_the_page_and_the_data) {
  server->publish("<p>page</p>", "{}");
  BOOST_TEST(answer(request(prefix)) == answer_text("200 OK", "text/html; charset=utf-8",
                                                    "<p>page</p>", "Ebb-Version: 1\r\n"));
  BOOST_TEST(!server->is_watched());
  BOOST_TEST(answer(request(prefix + "data?after=0")) ==
             answer_text("200 OK", "application/json", "{}", "Ebb-Version: 1\r\n"));
  BOOST_TEST(server->is_watched());
}

BOOST_AUTO_TEST_CASE(who_does_not_know_the_word_gets_nothing) {
  server->publish("page", "{}");
  std::string wrong = prefix;
  wrong[5] = wrong[5] == '0' ? '1' : '0';
  for (const std::string& target :
       {std::string("/"), wrong, wrong + "data?after=0", prefix.substr(0, 20), prefix + "x",
        prefix + "../", prefix + "data", prefix + "data?after=", prefix + "data?after=-1",
        prefix + "data?after=1x", std::string("*"), "http://" + host + prefix})
    BOOST_TEST(answer(request(target)) == nothing, target);
  BOOST_TEST(!server->is_watched());
}

BOOST_AUTO_TEST_CASE(a_name_of_another_site_for_this_machine_gets_nothing) {
  server->publish("page", "{}");
  const auto with_host = [&](const std::string& name) {
    return "GET " + prefix + " HTTP/1.1\r\n" + name + "Connection: close\r\n\r\n";
  };
  BOOST_TEST(answer(with_host("Host: evil.example:" + std::to_string(port) + "\r\n")) == nothing);
  BOOST_TEST(answer(with_host("Host: 127.0.0.1\r\n")) == nothing);
  BOOST_TEST(answer(with_host("")) == nothing);
  BOOST_TEST(answer(with_host("Host: localhost:" + std::to_string(port) + "\r\n"))
                 .starts_with("HTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(it_only_gives) {
  server->publish("page", "{}");
  const std::string refused = answer_text("405 Method Not Allowed", "text/plain", "Only GET.\n");
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"})
    BOOST_TEST(answer(request(prefix, method)) == refused, method);
}

BOOST_AUTO_TEST_CASE(what_is_no_request_or_too_large_is_refused) {
  const std::string refused =
      answer_text("400 Bad Request", "text/plain", "This is no request for the report.\n");
  BOOST_TEST(answer("nonsense\r\n\r\n") == refused);
  BOOST_TEST(answer("GET " + prefix + " HTTP/1.1\r\nHost: " + host + "\r\nX: " +
                    std::string(7000, 'x') + "\r\nY: " + std::string(7000, 'y') + "\r\n\r\n")
                 .starts_with("HTTP/1.1 400 Bad Request\r\n"));
  BOOST_TEST(
      answer("POST " + prefix + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 5\r\n\r\nhello")
          .starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

BOOST_AUTO_TEST_CASE(who_follows_gets_the_next_news_when_there_are_some) {
  server->publish("page", "1");
  const Client client(port);
  client.send(request(prefix + "data?after=1"));
  while (!server->is_watched()) ::usleep(1000);
  server->publish("page", "2");
  BOOST_TEST(client.rest() == answer_text("200 OK", "application/json", "2", "Ebb-Version: 2\r\n"));
}

BOOST_AUTO_TEST_CASE(a_page_that_is_asked_for_too_early_is_waited_for) {
  const Client client(port);
  client.send(request(prefix));
  server->publish("page", "1");
  BOOST_TEST(client.rest().ends_with("\r\n\r\npage"));
}

BOOST_AUTO_TEST_CASE(who_follows_gets_the_last_news_before_it_ends) {
  server->publish("page", "1");
  const Client client(port);
  client.send("GET " + prefix + "data?after=1 HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  while (!server->is_watched()) ::usleep(1000);
  server->publish("page", "last");
  server.reset();
  BOOST_TEST(client.rest().ends_with("\r\n\r\nlast"));
  BOOST_TEST(!Client(port).connected());
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_an_error) {
  BOOST_TEST(error_of([&] { const WatchServer second(port); }) ==
             "error: cannot listen on port " + std::to_string(port) +
                 " of 127.0.0.1: Address already in use\n");
}

BOOST_AUTO_TEST_CASE(connections_have_a_limit) {
  std::vector<std::unique_ptr<Client>> many;
  for (int i = 0; i < 40; ++i) many.push_back(std::make_unique<Client>(port));
  // The last ones are closed at once.
  BOOST_TEST(many.back()->rest() == "");
  many.clear();
}

BOOST_AUTO_TEST_SUITE_END()

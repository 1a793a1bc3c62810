// The report of a training that still runs, shown by a browser on this machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace ebb {

// An HTTP server on 127.0.0.1 alone, in a thread of its own. Who does not know the random word in
// its address gets nothing but 404, and so does a page of another site that has a name of its own
// for this machine (the Host that is asked for).
//
//   GET /TOKEN/               the page
//   GET /TOKEN/data?after=N   the data, once they are newer than version N: it waits for them up to
//                             20 seconds, then answers 204. The header Ebb-Version numbers them.
class WatchServer {
 public:
  // Listens on the port, 0: one that is free. Throws UserError where it can not.
  explicit WatchServer(std::uint16_t port);
  // Gives who has asked a second to get the last news.
  ~WatchServer();
  WatchServer(const WatchServer&) = delete;
  WatchServer& operator=(const WatchServer&) = delete;

  // http://127.0.0.1:PORT/TOKEN/
  const std::string& address() const;
  // Whether somebody has asked in the last seconds, so that news are worth making.
  bool is_watched() const;
  // From any thread. `page` holds the data as of now, `data` is them alone.
  void publish(std::string page, std::string data);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb

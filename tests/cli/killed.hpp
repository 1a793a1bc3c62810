// A training that is killed at random moments.
#pragma once

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <ebb/random.hpp>
#include <functional>

#include "tests/support/binary.hpp"

namespace ebb::test {

inline const std::string ten_waves = R"(data train {
  x = sin(0.37 * values(0..400) .* (0..10))
  y = one_hot(mod(values(0..400), 10), 10)
}
data validation {
  x = sin(0.37 * values(400..460) .* (0..10))
  y = one_hot(mod(values(400..460), 10), 10)
}
)";

// All that a run remembers: momentum and averages, statistics of mini-batches, sums over some of
// them, random numbers, a learning rate that follows the validation, and the order of samples.
inline const std::string long_memory = R"(option width = 20 "neurons"
input  x[10]
target y[10]
h = dropout(relu(batch_norm(dense(x, width))), 0.2)
z = dense(h, 10)
output z
cost   softmax_cross_entropy(z, y)
)" + ten_waves +
                                       R"(train {
  optimizer        = adam(plateau_decay(0.01, patience = 2))
  minibatch        = 8
  accumulate       = 3
  average          = 0.9
  epochs           = 60
  checkpoint_steps = 5
}
)";

// A minimizer, whose memory no checkpoint holds.
inline const std::string long_minimization = R"(use lbfgs
input  x[10]
target y[10]
h = tanh(batch_norm(dense(x, 20)))
z = dense(h, 10)
output z
cost   softmax_cross_entropy(z, y)
)" + ten_waves +
                                             R"(train {
  optimizer        = lbfgs(tolerance = 0)
  epochs           = 60
  checkpoint_steps = 5
}
)";

// A script, and the files that its training leaves.
struct Killed {
  std::string script;
  std::vector<std::string> files;
};
inline const Killed killed_updates{
    long_memory, {"weights.safetensors", "best.safetensors", "average.safetensors"}};
inline const Killed killed_minimizer{
    long_minimization, {"weights.safetensors", "best.safetensors", "evaluations-1.bin"}};

inline double seconds(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Trains in the folder `killed`, is killed so many times at random moments, of most of them once it
// trains, and goes on each time; then it may end. What it leaves must be what a run leaves that
// nobody killed.
inline void check_kills(const Binary& run, const Killed& killed, int kills, std::uint64_t seed) {
  run.write("m.ebb", killed.script);
  const std::string epochs = "train.epochs=" + std::to_string(3 * kills);
  const double whole = seconds([&] {
    const Outcome outcome =
        run.ebb({"train", "m.ebb", "--set", epochs, "--out", "whole", "--quiet"});
    BOOST_REQUIRE_EQUAL(outcome, (Outcome{0, outcome.out, ""}));
  });
  const double start = seconds([&] { run.ebb({"check", "m.ebb"}); });
  const sdk::RandomStream random{seed};
  const std::string trains = "'\"event\":\"[re][ep]'";  // resumed, or epoch
  int hit = 0;
  for (int i = 0; i < kills; ++i) {
    const auto number = [&](int of) {
      return random.uniform(2 * static_cast<std::uint64_t>(i) + static_cast<std::uint64_t>(of));
    };
    // Every fourth may end before it trains; the others are waited for.
    const bool waits = i % 4 != 0;
    const double lives = (waits ? 0 : start * number(0)) + whole / kills * number(1);
    const Outcome outcome = run.shell(
        "rm -f log; $EBB train m.ebb --set " + epochs +
        " --resume killed --quiet --json --threads " + std::to_string(1 + i % 2) + " >log & " +
        (waits ? "until grep -q " + trains +
                     " log 2>/dev/null || ! kill -0 $! 2>/dev/null; do sleep 0.002; done; "
               : "") +
        "sleep " + std::to_string(lives) + "; kill -KILL $! 2>/dev/null; wait $!");
    BOOST_TEST_CONTEXT("after " << i << " kills: " << outcome) {
      BOOST_REQUIRE((outcome.status == 137 || outcome.status == 0));
      // Some shells say so of what they have killed.
      BOOST_TEST((outcome.err.empty() || outcome.err == "Killed\n"));
    }
    // It prints a line when it has resumed, and after an epoch.
    const bool trained = run.shell("grep -q " + trains + " log").status == 0;
    hit += outcome.status == 137 && trained ? 1 : 0;
  }
  BOOST_TEST(2 * hit >= kills, hit << " of " << kills << " were training");
  const Outcome last =
      run.ebb({"train", "m.ebb", "--set", epochs, "--resume", "killed", "--quiet"});
  BOOST_TEST(last.status == 0);
  // Files that were begun are gone with those who began them.
  for (const auto& entry : std::filesystem::directory_iterator(run.path("killed")))
    BOOST_TEST(entry.path().string().find(".tmp-") == std::string::npos, entry.path());
  for (const std::string& name : killed.files)
    BOOST_TEST(read_file(run.path("whole/" + name)) == read_file(run.path("killed/" + name)),
               name << " differs, seed " << seed);
}

}  // namespace ebb::test

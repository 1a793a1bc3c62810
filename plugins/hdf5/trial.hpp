// A library that may never come to an end, or crash, tried in a process of its own first.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace ebb::hdf5 {

enum class End : std::uint8_t { finished, endless, crashed };

// Does `work` in a child process, which may take 5 seconds of processor time. What it throws and
// changes stays there. Throws Failure, which names `file`, where there can be no process.
End tried(const std::string& file, const std::function<void()>& work);

}  // namespace ebb::hdf5

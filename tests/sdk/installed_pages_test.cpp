// The C++ in the Markdown pages builds against the installed SDK, and does what the pages say. The
// program of the library's page is run by installed_library.
#include <boost/test/unit_test.hpp>

#include "tests/sdk/installed.hpp"
#include "tests/support/page_run.hpp"

using namespace ebb::test;

namespace {

// The source files that a page's blocks make: each plugin that is whole one of its name, and
// `guide` all others. In those, what begins at the first column is a declaration, the rest
// registers.
struct Sources {
  std::map<std::string, std::string> whole;
  std::string declarations, registering;

  void add(const std::string& text) {
    static const std::regex plugin("EBB_PLUGIN\\((\\w+),");
    std::smatch match;
    if (std::regex_search(text, match, plugin)) {
      whole[match[1]] = text;
      return;
    }
    bool declares = false;
    for (const std::string& line : lines_of(text)) {
      declares = declares || (!line.empty() && line[0] != ' ');
      (declares ? declarations : registering) += line + "\n";
      if (line.starts_with('}') || line.starts_with('#')) declares = false;
    }
  }
  std::string guide() const {
    return "#include <ebb/plugin.hpp>\nusing namespace ebb::sdk;\n" + declarations +
           "EBB_PLUGIN(guide, \"1.0\") {\n" + registering + "}\n";
  }
};

struct Guide : Installed {
  Guide() {
    std::string hidden, cmake;
    for (const Page& page : pages())
      for (const Block& block : page.blocks) {
        if (page.path != "graph/sdk/README.md") continue;
        if (block.kind == "cpp" && block.hidden) hidden = block.text;
        if (block.kind == "cpp" && !block.hidden)
          sources.add(std::exchange(hidden, "") + block.text);
        if (block.kind == "cmake") cmake += block.text;
        if (block.kind == "sh") commands += block.text;
      }
    write("guide.cpp", sources.guide());
    cmake += "ebb_add_plugin(guide guide.cpp)\n";
    for (const auto& [name, text] : sources.whole) {
      write(name + ".cpp", text);
      const std::string line = "ebb_add_plugin(" + name + " " + name + ".cpp)\n";
      if (cmake.find(line) == std::string::npos) cmake += line;
    }
    write("CMakeLists.txt",
          "cmake_minimum_required(VERSION 3.25)\nproject(guide LANGUAGES CXX)\n" + cmake);
  }

  // What a command prints, errors too, where the plugins were built.
  Outcome run(const std::string& command) const {
    return shell("exec 2>&1; export EBB_PLUGIN_PATH=$PWD/build\n" + command);
  }
  void put(const std::string& name, const std::string& text) const { write(name, text); }

  Sources sources;
  std::string commands;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(installed_pages, Guide)

BOOST_AUTO_TEST_CASE(only_the_pages_that_are_tested_have_cpp_and_cmake) {
  for (const Page& page : pages())
    for (const Block& block : page.blocks)
      if (block.kind == "cpp" || block.kind == "cmake")
        BOOST_TEST((page.path == "graph/sdk/README.md" || page.path == "graph/library/README.md"),
                   place(page, block));
}

BOOST_AUTO_TEST_CASE(the_whole_op_of_the_guide_is_a_sample) {
  BOOST_TEST(sources.whole.at("softplus") ==
             read_file(EBB_SOURCE_DIR "/plugins/samples/softplus/softplus.cpp"));
}

BOOST_AUTO_TEST_CASE(the_guide_builds_and_its_plugins_are_proved_and_used) {
  const Outcome built = build(".");
  BOOST_TEST_REQUIRE(built.status == 0, built.out << built.err);
  const Outcome verified = shell("ebb plugin verify build/*.so");
  BOOST_TEST(verified.status == 0, verified);
  for (const Page& page : pages())
    if (has_cpp(page)) run_page(page, *this);
}

BOOST_AUTO_TEST_CASE(the_command_without_cmake_builds_too) {
  int run = 0;
  for (const std::string& line : lines_of(commands))
    if (line.starts_with("c++ ")) {
      const Outcome built = shell(line);
      BOOST_TEST(built.status == 0, built);
      ++run;
    }
  BOOST_TEST(run == 1);
}

BOOST_AUTO_TEST_SUITE_END()

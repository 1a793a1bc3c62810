// list_tables OUT HEADER...: writes what headers of the plugin boundary declare, for
// tables_test.cpp to include:
//   TABLE(ebb_op)  FIELD(ebb_op, name)  VALUE(EBB_OK)
#include <fstream>
#include <iterator>
#include <ostream>
#include <regex>
#include <string>

namespace {

std::string without_comments(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(/\*[^*]*\*+([^/*][^*]*\*+)*/)"), " ");
}

// "int (*fail)(...)", "double lower, upper", "int64_t dims[EBB_MAX_RANK]".
void print_fields(std::ostream& out, const std::string& table, const std::string& declaration) {
  std::smatch found;
  static const std::regex function(R"(\(\s*\*\s*(\w+)\s*\))"),
      name(R"((\w+)\s*(\[[^\]]*\])?\s*(,|$))");
  if (std::regex_search(declaration, found, function)) {
    out << "FIELD(" << table << ", " << found[1] << ")\n";
    return;
  }
  for (std::sregex_iterator it(declaration.begin(), declaration.end(), name), end; it != end; ++it)
    out << "FIELD(" << table << ", " << (*it)[1] << ")\n";
}

void print_tables(std::ostream& out, const std::string& text) {
  static const std::regex table(R"(typedef struct (\w+) \{([^}]*)\})"), declaration("[^;]+");
  for (std::sregex_iterator it(text.begin(), text.end(), table), end; it != end; ++it) {
    const std::string name = (*it)[1], body = (*it)[2];
    out << "TABLE(" << name << ")\n";
    for (std::sregex_iterator d(body.begin(), body.end(), declaration); d != end; ++d)
      print_fields(out, name, d->str());
  }
}

void print_values(std::ostream& out, const std::string& text) {
  static const std::regex list(R"(enum \{([^}]*)\})"), name(R"((\w+) = )");
  for (std::sregex_iterator it(text.begin(), text.end(), list), end; it != end; ++it) {
    const std::string body = (*it)[1];
    for (std::sregex_iterator v(body.begin(), body.end(), name); v != end; ++v)
      out << "VALUE(" << (*v)[1] << ")\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::ofstream out(argv[1]);
  for (int i = 2; i < argc; ++i) {
    std::ifstream in(argv[i]);
    const std::string text =
        without_comments({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
    print_tables(out, text);
    print_values(out, text);
  }
  return out.flush() ? 0 : 1;
}

// What an editor asks of a script: each function answers one method of the protocol.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "graph/cli/catalog.hpp"
#include "graph/cli/json.hpp"
#include "graph/cli/lsp/documents.hpp"

namespace ebb::lsp {

// A request that is understood and can not be met; the message is for the person.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Everything that can be named, by its name; read anew when plugins have been loaded.
class Reference {
 public:
  const std::vector<Entry>& all(const Documents& documents);
  std::vector<const Entry*> find(const Documents& documents, const std::string& name);

 private:
  std::vector<Entry> entries_;
  std::size_t plugins_ = 0;
};

// diagnostics.cpp
// The list of textDocument/publishDiagnostics. What is wrong in another file stands where the
// script leads there. A fix is the `data` of its diagnostic, which an editor gives back.
Json diagnostics_of(const Diagnostics& found, const Document& document, const Documents& documents);
// The fixes of these diagnostics, as the list of textDocument/codeAction; none of those that were
// found in an older text.
Json code_actions(const Json& diagnostics, const Document& document);

// hover.cpp
Json hover(Documents& documents, Document& document, Reference& reference, std::uint32_t offset);

// definition.cpp
Json definition(Documents& documents, Document& document, std::uint32_t offset);
Json references(Documents& documents, Document& document, std::uint32_t offset, bool declarations);

// completion.cpp
Json completion(Documents& documents, Document& document, Reference& reference,
                std::uint32_t offset);

// formatting.cpp
// The edits that give a script its canonical layout, as `ebb fmt` does; null where it has syntax
// errors, of which diagnostics tell.
Json formatting(const Document& document);

// rename.cpp
// Throws Refused where what stands there has no name that could be changed.
Json prepare_rename(Documents& documents, Document& document, std::uint32_t offset);
// Throws Refused, too, where the new name is none, or would change what the script means.
Json rename(Documents& documents, Document& document, std::uint32_t offset,
            const std::string& new_name);

}  // namespace ebb::lsp

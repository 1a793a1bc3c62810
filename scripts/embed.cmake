# Writes OUT: a C++ file that holds each of FILES as a string, under the name of its last two path parts
# without the ending .in.
set(text "#include \"graph/core/embedded.hpp\"\n\nnamespace ebb {\nstd::span<const EmbeddedFile> embedded_files() {\n  static const EmbeddedFile files[] = {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE "\\.in$" "" name ${name})
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(folder ${folder} NAME)
  file(READ ${file} content)
  string(APPEND text "      {\"${folder}/${name}\", R\"ebb(${content})ebb\"},\n")
endforeach()
string(APPEND text "  };\n  return files;\n}\n}  // namespace ebb\n")
file(WRITE ${OUT} "${text}")

# What `cmake --install` puts where: the program, the library, the headers, the plugins, what tells CMake
# and pkg-config of them, completion, manual pages, pages, what editors need. Nothing in it holds the prefix, so an installation may be moved.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ebb)

# The version of the plugin interface stands in the header alone.
file(STRINGS ${PROJECT_SOURCE_DIR}/graph/sdk/ebb_plugin.h lines REGEX "#define EBB_SDK_M[AIJNOR]+ [0-9]+")
string(REGEX REPLACE ".*EBB_SDK_MAJOR ([0-9]+).*EBB_SDK_MINOR ([0-9]+).*" "\\1.\\2" sdk_version "${lines}")

install(TARGETS ebb EXPORT ebb-targets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS ebb_sdk ebb_library EXPORT ebb-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY graph/sdk/ graph/library/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "ebb_*.h" PATTERN "ebb/*.hpp" PATTERN "cmake" EXCLUDE)
install(DIRECTORY scripts/ DESTINATION ${CMAKE_INSTALL_DATADIR}/ebb/scripts
  FILES_MATCHING PATTERN "*.ebb" PATTERN "*.csv" PATTERN "std" EXCLUDE)

# Completion for shells and manual pages: the program writes them itself.
set(texts ${PROJECT_BINARY_DIR}/texts)
add_custom_command(OUTPUT ${texts}/written
  COMMAND ${CMAKE_COMMAND} -DEBB=$<TARGET_FILE:ebb> -DOUT=${texts} -P ${PROJECT_SOURCE_DIR}/graph/cli/texts.cmake
  DEPENDS ebb ${PROJECT_SOURCE_DIR}/graph/cli/texts.cmake VERBATIM)
add_custom_target(ebb_texts ALL DEPENDS ${texts}/written)
install(DIRECTORY ${texts}/bash-completion ${texts}/zsh ${texts}/fish
  DESTINATION ${CMAKE_INSTALL_DATADIR})
install(DIRECTORY ${texts}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(DIRECTORY plugins/editors/vim/ DESTINATION ${CMAKE_INSTALL_DATADIR}/vim/vimfiles)
install(DIRECTORY plugins/editors/vscode DESTINATION ${CMAKE_INSTALL_DATADIR}/ebb/editors
  PATTERN "node_modules" EXCLUDE)

# The pages that are for users, in the folders that their links lead to.
file(GLOB_RECURSE pages CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} graph/*.md ops/*.md
  plugins/*.md scripts/*.md scripts/pictures/*.svg scripts/pictures/*.png)
list(FILTER pages EXCLUDE REGEX "/mistakes/|/node_modules/")
foreach(page IN LISTS pages ITEMS README.md)
  get_filename_component(folder ${page} DIRECTORY)
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder})
endforeach()

install(EXPORT ebb-targets NAMESPACE ebb:: DESTINATION ${package_dir})
configure_package_config_file(graph/sdk/cmake/ebb-config.cmake.in ${PROJECT_BINARY_DIR}/ebb-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ebb-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ebb-config.cmake ${PROJECT_BINARY_DIR}/ebb-config-version.cmake
  graph/sdk/cmake/EbbPlugin.cmake DESTINATION ${package_dir})

# ${pcfiledir} is where pkg-config finds the file.
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(name ebb ebb-plugin)
  configure_file(graph/sdk/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

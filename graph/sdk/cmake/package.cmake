# `cpack` in the build folder makes a .deb of what `cmake --install` installs.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ebb)
set(CPACK_PACKAGE_CONTACT "The Ebb authors <ebb@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Dataflow graphs with reverse-mode automatic differentiation")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Ebb trains networks that are described by the mathematics of one sample. It makes a graph of a
script, appends its gradients and the optimizer's update rule, compiles all to a plan over one piece
of memory, and runs that over mini-batches. This package holds the program, its plugins, the library
with its headers, and example scripts.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# The libraries that program, library and plugins are linked with, by dpkg-shlibdeps.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Graphviz draws; the others build plugins.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "graphviz")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, g++ | clang, ninja-build")

# A report's curves are drawn by uPlot, which the program holds.
set(uplot_licence graph/cli/report/assets/uplot/LICENSE)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS LICENSE ${uplot_licence})
file(READ LICENSE copyright)
file(READ ${uplot_licence} uplot_copyright)
file(WRITE ${PROJECT_BINARY_DIR}/copyright
  "${copyright}\n\nuPlot, https://github.com/leeoniya/uPlot, in the pages of `ebb train`:\n\n"
  "${uplot_copyright}\n")
install(FILES ${PROJECT_BINARY_DIR}/copyright CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# It is linked in, and its licence wants to be shown.
set(libxsmm_copyright /usr/share/doc/libxsmm-dev/copyright)
if(TARGET ebb_libxsmm AND EXISTS ${libxsmm_copyright})
  install(FILES ${libxsmm_copyright} DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright.libxsmm)
endif()
include(CPack)

# The .deb that `cpack` makes of this build.
set(deb_dir ${CMAKE_CURRENT_BINARY_DIR}/deb)
ebb_tests(package)
target_compile_definitions(test_package PRIVATE EBB_DEB="${deb_dir}/ebb.deb"
  EBB_VERSION="${PROJECT_VERSION}")
add_dependencies(test_package ebb ebb_library ebb_plugins)
add_test(NAME package/cpack COMMAND ${CMAKE_CPACK_COMMAND}
  --config ${PROJECT_BINARY_DIR}/CPackConfig.cmake -B ${deb_dir} -D CPACK_DEBIAN_FILE_NAME=ebb.deb)
set_tests_properties(package/cpack PROPERTIES FIXTURES_SETUP package LABELS quick TIMEOUT 120)
set_tests_properties(package/deb PROPERTIES LABELS "quick;release-only")
set_tests_properties(package/deb package/chroot_slow PROPERTIES FIXTURES_REQUIRED package)

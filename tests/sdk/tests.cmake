# The SDK and the library as they are installed: a test installs this build, and those that begin with
# `installed` build projects against it, with the compilers of their choice.
set(prefix ${CMAKE_CURRENT_BINARY_DIR}/prefix)
ebb_tests(sdk ebb_run ebb_ops ebb_library ebb_armadillo)
add_dependencies(test_sdk ebb ebb_plugins ebb_texts)
target_compile_definitions(test_sdk PRIVATE EBB_PREFIX="${prefix}"
  EBB_FIRST_PLUGIN="$<TARGET_FILE:steady>")

# They include what a user of the library does, or frozen headers, and nothing of the framework.
set_source_files_properties(sdk/library_test.cpp sdk/tables_test.cpp PROPERTIES
  SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)

# The names of all tables and fields, of the frozen headers and of today's.
add_executable(list_tables sdk/tools/list_tables.cpp)
target_link_libraries(list_tables PRIVATE ebb_flags)
set(headers_v1_0 ${CMAKE_CURRENT_LIST_DIR}/v1_0/ebb_plugin.h)
file(GLOB headers_v1_2 CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/v1_2/*.h)
file(GLOB headers_now CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/graph/sdk/*.h)
foreach(version IN ITEMS v1_0 v1_2 now)
  set(list ${CMAKE_CURRENT_BINARY_DIR}/tables/tables_${version}.inc)
  add_custom_command(OUTPUT ${list} COMMAND list_tables ${list} ${headers_${version}}
    DEPENDS list_tables ${headers_${version}} VERBATIM)
  target_sources(test_sdk PRIVATE ${list})
endforeach()
target_include_directories(test_sdk PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/tables)

# A plugin of the first version: its frozen header is all that it sees of Ebb.
add_library(steady MODULE sdk/v1_0/steady.c)
set_target_properties(steady PROPERTIES PREFIX "" C_STANDARD 11 C_VISIBILITY_PRESET hidden)
add_dependencies(test_sdk steady)

add_test(NAME sdk/install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${prefix})
set_tests_properties(sdk/install PROPERTIES FIXTURES_SETUP installation LABELS quick TIMEOUT 60)
foreach(suite IN ITEMS examples examples_mnist install library pages plugin_new samples)
  set_tests_properties(sdk/installed_${suite} PROPERTIES FIXTURES_REQUIRED installation
    LABELS "quick;release-only" PROCESSORS 2)
endforeach()

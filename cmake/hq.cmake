# The four kinds of target in this repository. Folder names carry the meaning; a new file is picked
# up by itself.

# hq_pure(<name> [DEPS target...]): a library of decisions. It may link nothing but events, and what
# is as pure: config (strict JSON).
function(hq_pure name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPS")
  add_library(hq_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(hq_${name} PUBLIC hq::events ${ARG_DEPS})
  target_precompile_headers(hq_${name} REUSE_FROM hq_pure_headers)
  add_library(hq::${name} ALIAS hq_${name})
endfunction()

# hq_shell(<name> SOURCES file... [DEPS target...]): a library that may touch the world.
function(hq_shell name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPS")
  add_library(hq_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(hq_${name} PUBLIC hq::service ${ARG_DEPS})
  target_precompile_headers(hq_${name} REUSE_FROM hq_shell_headers)
  add_library(hq::${name} ALIAS hq_${name})
endfunction()

# hq_service(<name> [DEPS target...] [CORE_DEPS target...]): core/ becomes hq::<name>_core, which
# may link nothing but events and pure CORE_DEPS; api/, views/, reactors/, adapters/ and settings.cpp
# become hq::<name>; main.cpp becomes the program hq-<name>.
function(hq_service name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "DEPS;CORE_DEPS")
  file(GLOB_RECURSE core CONFIGURE_DEPENDS core/*.cpp)
  file(GLOB_RECURSE shell CONFIGURE_DEPENDS api/*.cpp views/*.cpp reactors/*.cpp adapters/*.cpp
       settings.cpp)
  hq_pure(${name}_core SOURCES ${core} DEPS ${ARG_CORE_DEPS})
  hq_shell(${name} SOURCES ${shell} DEPS hq::${name}_core ${ARG_DEPS})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
    add_executable(hq-${name} main.cpp)
    target_link_libraries(hq-${name} PRIVATE hq_${name})
    target_precompile_headers(hq-${name} REUSE_FROM hq_shell_headers)
  endif()
endfunction()

# Test code is compiled more often than it runs: without those checks of null pointers and types
# that cost most to compile, and that the address sanitizer, or the code under test, which has them
# all, makes anyway. g++ 12 warns falsely about strings where much is compiled at once.
if(HQ_SANITIZE)
  set(HQ_TEST_OPTIONS -fno-sanitize=null,alignment,object-size,vptr -Wno-array-bounds -Wno-restrict
      -Wno-stringop-overflow)
endif()

# hq_tests(<name> [TIMEOUT seconds] [DEPS target...]): one program from every *_test.cpp in this
# folder and below; ctest label = name. The timeout is one test's, 300 s unless given, and for what
# hangs alone: ten times what the longest takes, or more.
function(hq_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "TIMEOUT" "DEPS")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_tests ${sources})
  set_target_properties(${name}_tests PROPERTIES UNITY_BUILD_BATCH_SIZE 4)
  target_compile_definitions(${name}_tests PRIVATE HQ_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             HQ_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  target_link_libraries(${name}_tests PRIVATE hq::test_support ${ARG_DEPS})
  target_compile_options(${name}_tests PRIVATE ${HQ_TEST_OPTIONS})
  target_precompile_headers(${name}_tests REUSE_FROM hq_test_headers)
  include(GoogleTest)
  gtest_discover_tests(${name}_tests DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS ${name} TIMEOUT ${ARG_TIMEOUT})
endfunction()

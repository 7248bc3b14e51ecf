# The three kinds of target this repository has. A directory's library is named for its path:
# common/status is overlock_common_status.

# overlock_library(NAME SOURCES... [DEPS ...] [PRIVATE_DEPS ...])
function(overlock_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  set(sources ${ARG_SOURCES})
  list(FILTER sources INCLUDE REGEX "\\.cc$")
  if(sources)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_sources(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# overlock_binary(NAME SOURCES ... DEPS ... [FIRST libraries]): an executable in bin/. Memory is mimalloc's there, but for
# sanitizers, which have an allocator of their own. FIRST are shared libraries with many symbols: the dynamic linker looks
# into libraries in their order, so it finds those sooner. Both: docs/performance.md.
function(overlock_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;FIRST" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  if(OVERLOCK_SANITIZER STREQUAL "")
    # Nothing refers to mimalloc by name: it takes the place of malloc when the program is loaded.
    target_link_options(${name} PRIVATE
      "LINKER:--push-state,--no-as-needed" -lmimalloc ${ARG_FIRST} "LINKER:--pop-state")
    # Where others have most of what they look up, which the dynamic linker does in this order.
    target_link_options(${name} PRIVATE "LINKER:--push-state,--as-needed" -lstdc++ -lcrypto "LINKER:--pop-state")
  endif()
endfunction()

# overlock_test(NAME SOURCES ... DEPS ... [LABELS ...] [TIMEOUT seconds]): one executable for each test file.
function(overlock_test name)
  if(NOT OVERLOCK_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS;ENVIRONMENT" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  # What is tested is optimised, the test itself is not: gtest's macros cost more to optimise than they ever run.
  target_compile_options(${name} PRIVATE -O0)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}" ENVIRONMENT "${ARG_ENVIRONMENT}")
endfunction()

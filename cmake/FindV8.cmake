# Finds V8 and makes V8::V8. Order: V8_ROOT (variable or environment), .cache/v8 of deploy/setup, the system's libnode.
# What is linked is V8_LINKED_LIBRARY: a copy whose references to itself are bound (ADR 9), which starts three times as fast;
# the library itself where that cannot be.
set(_v8_hints ${V8_ROOT} $ENV{V8_ROOT} ${CMAKE_SOURCE_DIR}/.cache/v8/usr ${CMAKE_SOURCE_DIR}/.cache/v8)
find_path(V8_INCLUDE_DIR v8.h HINTS ${_v8_hints} PATH_SUFFIXES include/node usr/include/node include
  NO_CMAKE_SYSTEM_PATH NO_CMAKE_ENVIRONMENT_PATH NO_SYSTEM_ENVIRONMENT_PATH)
find_path(V8_INCLUDE_DIR v8.h PATHS /usr/include/node)
get_filename_component(_v8_prefix "${V8_INCLUDE_DIR}/../.." ABSOLUTE)
find_library(V8_LIBRARY NAMES libnode.so.108 node HINTS ${_v8_prefix}
  PATH_SUFFIXES lib/${CMAKE_CXX_COMPILER_ARCHITECTURE_ID} lib/x86_64-linux-gnu lib/aarch64-linux-gnu lib)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(V8 REQUIRED_VARS V8_LIBRARY V8_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run deploy/setup, or set V8_ROOT")
if(V8_FOUND AND NOT TARGET V8::V8)
  find_program(V8_PYTHON python3)
  set(_v8_bind ${CMAKE_CURRENT_LIST_DIR}/bind_own_symbols.py)
  get_filename_component(_v8_source ${V8_LIBRARY} REALPATH)
  get_filename_component(_v8_name ${_v8_source} NAME)
  set(V8_LINKED_LIBRARY ${CMAKE_BINARY_DIR}/v8/${_v8_name})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_v8_bind} ${_v8_source})
  # By content: what a package brings is as old as the package.
  file(SHA256 ${_v8_source} _v8_source_hash)
  file(SHA256 ${_v8_bind} _v8_bind_hash)
  set(_v8_made_of "${_v8_source_hash} ${_v8_bind_hash}")
  set(_v8_last_made_of "")
  if(EXISTS ${V8_LINKED_LIBRARY} AND EXISTS ${V8_LINKED_LIBRARY}.of)
    file(READ ${V8_LINKED_LIBRARY}.of _v8_last_made_of)
  endif()
  if(NOT _v8_made_of STREQUAL _v8_last_made_of)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/v8)
    execute_process(COMMAND ${V8_PYTHON} ${_v8_bind} ${_v8_source} ${V8_LINKED_LIBRARY}
      RESULT_VARIABLE _v8_result OUTPUT_VARIABLE _v8_output ERROR_VARIABLE _v8_output OUTPUT_STRIP_TRAILING_WHITESPACE)
    message(STATUS "V8: ${_v8_output}")
    if(_v8_result STREQUAL "0")
      file(WRITE ${V8_LINKED_LIBRARY}.of "${_v8_made_of}")
    else()
      set(V8_LINKED_LIBRARY ${_v8_source})
      message(STATUS "V8: ${_v8_source} is linked as it is: workers start more slowly")
    endif()
  endif()
  add_library(V8::V8 SHARED IMPORTED)
  set_target_properties(V8::V8 PROPERTIES IMPORTED_LOCATION ${V8_LINKED_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${V8_INCLUDE_DIR})
endif()
mark_as_advanced(V8_INCLUDE_DIR V8_LIBRARY V8_PYTHON)

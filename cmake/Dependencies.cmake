# Everything comes from Debian 12; deploy/setup installs it. V8 comes from FindV8.cmake.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf CONFIG QUIET)
if(NOT Protobuf_FOUND)
  find_package(Protobuf REQUIRED)
endif()
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(BSON REQUIRED IMPORTED_TARGET libbson-1.0)
pkg_check_modules(MONGOC REQUIRED libmongoc-1.0)
pkg_check_modules(POSTGRES REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
find_package(V8 REQUIRED)

# libmongoc is linked statically, and without its constructor: that would make ready, before each main, what only a process
# that talks to MongoDB needs (SASL with its plug-ins, OpenSSL), a fifth of what the dynamic linker and main take together.
# StartMongoLibrary() does it when it is needed (services/executor/data/mongoc/library.h).
find_library(MONGOC_STATIC_LIBRARY libmongoc-static-1.0.a REQUIRED)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${MONGOC_STATIC_LIBRARY})
file(SHA256 ${MONGOC_STATIC_LIBRARY} mongoc_hash)
set(mongoc_library ${CMAKE_BINARY_DIR}/mongoc/${mongoc_hash}/libmongoc-static-1.0.a)
if(NOT EXISTS ${mongoc_library})
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/mongoc/${mongoc_hash})
  execute_process(
    COMMAND ${CMAKE_OBJCOPY} --remove-section .init_array* --remove-section .fini_array*
      ${MONGOC_STATIC_LIBRARY} ${mongoc_library}.new
    COMMAND_ERROR_IS_FATAL ANY)
  file(RENAME ${mongoc_library}.new ${mongoc_library})
endif()
add_library(overlock_mongoc INTERFACE)
target_include_directories(overlock_mongoc SYSTEM INTERFACE ${MONGOC_INCLUDE_DIRS})
target_link_libraries(overlock_mongoc INTERFACE
  ${mongoc_library} PkgConfig::BSON mongocrypt sasl2 snappy zstd icuuc resolv OpenSSL::SSL ZLIB::ZLIB)

# gRPC, Protocol Buffers and Abseil are linked statically: as 90 shared libraries they are most of what the dynamic linker
# does at each start (docs/performance.md). Debian has both forms and its CMake packages name the shared one. A library
# that has the shared form for a dependency must not be among ours: each of these may be in a process once only.
get_property(imported_targets DIRECTORY PROPERTY IMPORTED_TARGETS)
foreach(target IN LISTS imported_targets)
  if(target MATCHES "^(absl|gRPC|protobuf|re2|c-ares)::")
    foreach(property IMPORTED_LOCATION_NONE IMPORTED_LOCATION)
      get_target_property(shared ${target} ${property})
      string(REGEX REPLACE "\\.so[.0-9]*$" ".a" static "${shared}")
      if(static MATCHES "\\.a$" AND EXISTS "${static}")
        set_target_properties(${target} PROPERTIES ${property} "${static}")
      endif()
    endforeach()
  endif()
endforeach()
set_property(TARGET protobuf::libprotobuf APPEND PROPERTY INTERFACE_LINK_LIBRARIES ZLIB::ZLIB)

# Boost 1.81 stands beside Debian's default 1.74 and has headers only for what we use.
add_library(overlock_boost INTERFACE)
target_compile_definitions(overlock_boost INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_HAS_STD_COROUTINE)
target_link_libraries(overlock_boost INTERFACE Threads::Threads)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

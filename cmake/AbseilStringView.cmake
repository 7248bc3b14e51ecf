# Debian's Abseil was built for C++14: its absl::string_view is a class of its own, and nothing converts between it and
# std::string_view, which is what the rest of the world takes and gives. This lays copies of two of its headers before
# the system's, with the missing conversions added: inline members only, so the layout, the symbols and thus the ABI of
# Debian's libraries stay as they are. docs/adr/0002-abseil-string-view.md says why this and not something else.
set(overlay ${CMAKE_BINARY_DIR}/abseil_overlay)

function(overlock_overlay header anchor insertion)
  find_path(ABSEIL_INCLUDE_DIR absl/base/options.h REQUIRED)
  file(READ ${ABSEIL_INCLUDE_DIR}/${header} content)
  string(FIND "${content}" "${anchor}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "${header} of this Abseil has another form than cmake/AbseilStringView.cmake knows")
  endif()
  string(REPLACE "${anchor}" "${insertion}\n${anchor}" content "${content}")
  file(CONFIGURE OUTPUT ${overlay}/${header} CONTENT "${content}" @ONLY)
endfunction()

file(STRINGS /usr/include/absl/base/options.h own_string_view REGEX "define ABSL_OPTION_USE_STD_STRING_VIEW 0")
if(own_string_view)
  overlock_overlay(absl/strings/string_view.h
    "  // Converts to `std::basic_string`."
    "  constexpr string_view(std::string_view text) noexcept  // NOLINT(runtime/explicit)
      : string_view(text.data(), text.size()) {}
  constexpr operator std::string_view() const noexcept { return {data(), size()}; }  // NOLINT(runtime/explicit)
")
  overlock_overlay(absl/strings/str_cat.h
    "  AlphaNum(absl::string_view pc) : piece_(pc) {}  // NOLINT(runtime/explicit)"
    "  AlphaNum(std::string_view pc) : piece_(pc) {}  // NOLINT(runtime/explicit)")
  include_directories(BEFORE SYSTEM ${overlay})
endif()

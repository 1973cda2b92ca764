# Finds libzstd: the target Zstd::Zstd. Installed beside the package, which needs it for a static
# library.

find_path(Zstd_INCLUDE_DIR zstd.h DOC "Folder of zstd.h (Debian: libzstd-dev)")
find_library(Zstd_LIBRARY zstd DOC "libzstd")
mark_as_advanced(Zstd_INCLUDE_DIR Zstd_LIBRARY)

if(Zstd_INCLUDE_DIR)
    file(STRINGS ${Zstd_INCLUDE_DIR}/zstd.h version_lines
        REGEX "^#define ZSTD_VERSION_(MAJOR|MINOR|RELEASE) +[0-9]+$")
    string(REGEX REPLACE "[^0-9]*([0-9]+)" "\\1." Zstd_VERSION "${version_lines}")
    string(REGEX REPLACE "[;.]+" "." Zstd_VERSION "${Zstd_VERSION}")
    string(REGEX REPLACE "\\.$" "" Zstd_VERSION "${Zstd_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Zstd
    REQUIRED_VARS Zstd_LIBRARY Zstd_INCLUDE_DIR
    VERSION_VAR Zstd_VERSION)

if(Zstd_FOUND AND NOT TARGET Zstd::Zstd)
    # Whoever links tidemark needs it too, in whatever folder that is.
    add_library(Zstd::Zstd UNKNOWN IMPORTED GLOBAL)
    set_target_properties(Zstd::Zstd PROPERTIES
        IMPORTED_LOCATION "${Zstd_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${Zstd_INCLUDE_DIR}")
endif()

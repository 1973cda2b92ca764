# The warnings that tidemark is free of, for every target below the top folder.

add_compile_options(
    -Wall
    -Wextra
    -Wpedantic
    -Wcast-align
    -Wcast-qual
    -Wconversion
    -Wdouble-promotion
    -Wformat=2
    -Wimplicit-fallthrough
    -Wshadow
    -Wsign-conversion
    -Wundef
    -Wunused

    $<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
    $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>

    # -Wextra complains about designated initialisers that name only what differs.
    -Wno-missing-field-initializers)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wduplicated-branches -Wduplicated-cond -Wlogical-op)

    # GCC 12 sees an overlapping memcpy inside std::string where there is none (GCC bug 105651).
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        add_compile_options(-Wno-restrict)
    endif()

    # The checks that a sanitizer adds to the code hide from GCC what has been initialised.
    if(TIDEMARK_SANITIZE)
        add_compile_options(-Wno-maybe-uninitialized)
    endif()
endif()

if(TIDEMARK_WARNINGS_AS_ERRORS)
    add_compile_options(-Werror)
endif()

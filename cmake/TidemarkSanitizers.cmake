# TIDEMARK_SANITIZE=address,undefined or =thread: every finding ends the program.

if(TIDEMARK_SANITIZE)
    add_compile_options(
        -fsanitize=${TIDEMARK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${TIDEMARK_SANITIZE})

    # What GCC and clang tell each in its own way, for tests that take less upon them under a sanitizer.
    if(TIDEMARK_SANITIZE MATCHES "address")
        add_compile_definitions(TIDEMARK_ADDRESS_SANITIZER)
    elseif(TIDEMARK_SANITIZE MATCHES "thread")
        add_compile_definitions(TIDEMARK_THREAD_SANITIZER)
    endif()
endif()

#include <tidemark/tidemark.h>

#define ABI(expectation) _Static_assert(expectation, #expectation);
#include "c_api/abi.inc"

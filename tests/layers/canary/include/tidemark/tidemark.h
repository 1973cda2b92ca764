#include <stdint.h>
#include <stdio.h>  // expect: public

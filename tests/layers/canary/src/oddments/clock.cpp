#include <chrono>  // expect: folder

#include "../trigger/queue.hpp"       // expect: path
#include "capture/trigger/queue.hpp"  // expect: sibling

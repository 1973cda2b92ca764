#include "destination/archive/archive.hpp"  // expect: sibling
#include "destination/destination.hpp"

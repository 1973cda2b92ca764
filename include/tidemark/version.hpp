#pragma once

#include <tidemark/version.h>

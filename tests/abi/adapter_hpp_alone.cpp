// SPDX-License-Identifier: Apache-2.0
#include "landfall/adapter.hpp"

landfall_str nameFromTheCppLayer();
landfall_str nameFromTheCppLayer() { return landfall::toAbi("landfall"); }

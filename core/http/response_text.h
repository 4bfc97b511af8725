// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/http/message.h"

namespace landfall::http {

/// HTTP's date (IMF-fixdate).
std::string httpDate(base::UtcTime time);

enum class BodyBytes { Sent, Withheld };      ///< Withheld: the answer to HEAD
enum class AfterAnswer { KeepAlive, Close };  ///< of the connection

/// Appends the response as it goes over the wire. Control characters in values are dropped and headers whose name is
/// no token left out, so that no value can end a line; Content-Length, Date, Connection and Transfer-Encoding of the
/// handler too. 204 and 304 have no body. A status outside 200..599 becomes 500.
void appendResponse(std::string& out, const Response& response, BodyBytes body, AfterAnswer after,
                    std::string_view date);

}  // namespace landfall::http

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/http/message.h"

namespace landfall::http {

/// HTTP's date (IMF-fixdate).
std::string httpDate(base::UtcTime time);

enum class BodyBytes { Sent, Withheld };               ///< Withheld: the answer to HEAD
enum class BodyLength { Known, Chunked, UntilClose };  ///< but for Known the body is left out: it comes later
enum class AfterAnswer { KeepAlive, Close };           ///< of the connection

/// Appends the response as it goes over the wire. Control characters in values are dropped and headers whose name is
/// no token left out, so that no value can end a line; Content-Length, Date, Connection and Transfer-Encoding of the
/// handler too. 204 and 304 have no body. A status outside 200..599 becomes 500.
void appendResponse(std::string& out, const Response& response, BodyBytes body, AfterAnswer after,
                    std::string_view date, BodyLength length = BodyLength::Known);

/// Appends one chunk, if it has any bytes.
void appendChunk(std::string& out, std::string_view bytes);
/// Behind the last chunk.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace landfall::http

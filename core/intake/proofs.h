// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/configuration.h"
#include "core/model/event.h"

namespace landfall::intake {

/// Reads the value of an Authorization header as HTTP Basic (RFC 7617): the scheme in any case, then strict Base64 of a
/// user name, a colon and a password. Nothing for anything else.
std::optional<config::BasicCredential> readBasicCredential(std::string_view authorization);

/// True for the header that carries such a credential.
bool isAuthorization(const model::Header& header);

/// True when a request brings what the receiver asks for beside its adapter's credential: one of its HTTP Basic
/// credentials in the one Authorization header, and a client's certificate that is made out to its subject. Nothing
/// asked for is always brought. `client_certificate_subject` is verified already (RFC 4514). How long it takes says
/// neither which half of a credential is wrong nor which of the receiver's credentials was meant. Any thread.
bool bringsProofs(const config::Receiver& receiver, const std::vector<model::Header>& headers,
                  const std::optional<std::string>& client_certificate_subject);

}  // namespace landfall::intake

-- Channel binding by tls-server-end-point (RFC 5929 §4) for Prosody 0.12, which does not have it.
-- For tests: the hash comes from OpenSSL, and so from other hands than the client's.
local sasl = require "util.sasl";
local st = require "util.stanza";

require "util.sasl.scram".init(function(name, _, mechanism, bindings)
	if bindings then
		sasl.registerMechanism(name, {}, mechanism, { "tls-unique", "tls-server-end-point" });
	end
end);

local file = assert(io.open(module:get_option("ssl").certificate));
local digest = require "ssl".loadcertificate(file:read("*a")):digest("sha256");
file:close();

local function hash()
	return require "util.hex".decode(digest);
end

local methods = getmetatable(sasl.new(module.host, {})).__index;
local mechanisms = methods.mechanisms;
function methods:mechanisms()
	if self.userdata then
		self.userdata["tls-server-end-point"] = true;
		self:add_cb_handler("tls-server-end-point", hash);
	end
	return mechanisms(self);
end

module:hook("stream-features", function(event)
	if event.origin.type == "c2s_unauthed" and event.origin.secure then
		event.features:add_child(st.stanza("sasl-channel-binding", { xmlns = "urn:xmpp:sasl-cb:0" })
			:tag("channel-binding", { type = "tls-server-end-point" }):reset());
	end
end, -10);

-- Channel binding by tls-exporter (RFC 9266) for Prosody 0.12, which has it for TLS 1.2 only.
-- For tests: the key comes from OpenSSL, and so from other hands than the client's.
local sasl = require "util.sasl";
local st = require "util.stanza";

require "util.sasl.scram".init(function(name, _, mechanism, bindings)
	if bindings then
		sasl.registerMechanism(name, {}, mechanism, { "tls-unique", "tls-exporter" });
	end
end);

local function exported(handler)
	return handler.userdata["tls-unique"]:exportkeyingmaterial("EXPORTER-Channel-Binding", 32, "");
end

local methods = getmetatable(sasl.new(module.host, {})).__index;
local mechanisms = methods.mechanisms;
function methods:mechanisms()
	if self.userdata then
		self:add_cb_handler("tls-exporter", exported);
	end
	return mechanisms(self);
end

module:hook("stream-features", function(event)
	if event.origin.type == "c2s_unauthed" and event.origin.secure then
		event.features:add_child(st.stanza("sasl-channel-binding", { xmlns = "urn:xmpp:sasl-cb:0" })
			:tag("channel-binding", { type = "tls-exporter" }):reset());
	end
end, -10);

-- What the community's mod_sasl2 and mod_sasl2_sm ask of Prosody, and 0.12 does not have yet: to
-- tell about TLS, to write errors, and to enable and resume without a word of its own. For tests.
local jid = require "util.jid";
local st = require "util.stanza";

local smacks = module:depends("smacks");

module:hook("stream-features", function(event)
	local methods = getmetatable(event.origin.conn).__index;
	function methods:ssl_info()
		return self:socket():info();
	end
end, 10);

function st.stanza_mt:add_error(err)
	return self:tag(err.condition, { xmlns = "urn:ietf:params:xml:ns:xmpp-stanzas" }):up();
end

-- Runs a handler; what it writes is given back instead of being sent.
local function held_back(session, handler, request)
	local rawsend, held = session.rawsend, {};
	local write = rawsend.w;
	rawsend.w = function(_, data)
		held[#held + 1] = data;
		return true;
	end
	handler(session, request, request.attr.xmlns);
	rawsend.w = write;
	return held, write;
end

function smacks.do_enable(session, request)
	held_back(session, smacks.handle_enable, request);
	return { type = "enabled", id = session.resumption_token, finish = function() end };
end

function smacks.do_resume(session, request)
	local name = jid.join(session.username, session.host, request.attr.previd);
	local original = smacks.handle_resume.session_registry[name];
	local conn = session.conn;
	local held, write = held_back(session, smacks.handle_resume, request);
	if not original then
		local h = held[1]:match(" h='(%d+)'");
		return nil, { type = "cancel", condition = "item-not-found", context = { h = tonumber(h) } };
	end
	local function finish()
		for i = 2, #held do
			write(conn, held[i]);
		end
	end
	return { type = "resumed", id = request.attr.previd, session = original, finish = finish };
end

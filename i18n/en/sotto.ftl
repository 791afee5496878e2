### Every word a person reads in Sotto. The English file is the measure for all others.

app-name = Sotto
title-keys = { key-codes } – { app-name }
title-unread = ({ $count }) { app-name }

## What a contact reads whose program cannot go private. Anybody on the way can read it.
offer = I would like to talk privately (off the record). Your program does not seem to know how; Sotto, Pidgin and Profanity do.

## The padlock: who can read what is typed next.
padlock-not-private = Not private
padlock-unasked = Goes private when you write
padlock-starting = Going private…
padlock-waiting = Waiting for { $name }
padlock-offline = You are offline
padlock-unanswered = No answer from { $name }’s app
padlock-private = Private – not verified
padlock-verified = Private and verified
padlock-finished = { $name } left the private conversation
padlock-key-changed = { $name } has a new key
padlock-doubted = This may not be { $name }

## Used in many places.
accept = Accept
decline = Decline
block = Block
back = Back
cancel = Cancel
close = Close
try-again = Try again
try-now = Try now
understood = Understood
details = Details
engine-busy = Sotto is too busy to take this now. Nothing is lost: please try again.
engine-gone = Something inside Sotto has stopped working. Copy what you still need, then start Sotto again.

## What is printed on a terminal.
no-display = Sotto needs a screen: there is no X11 or Wayland display here (DISPLAY and WAYLAND_DISPLAY are empty).
no-window = Sotto could not open its window: { $error }
no-threads = Sotto could not start: { $error }
no-profile = Sotto found no folder for its data. Name one with --profile DIR.
bad-argument = Sotto does not know “{ $argument }”. Try --help.
argument-needs-value = { $argument } needs a folder after it.
usage =
    Sotto { $version } – a messenger for talking off the record

    Usage: sotto [--profile DIR] [--practice]

      --profile DIR  keep accounts and keys in this folder
      --practice     talk to a practice partner; nothing is kept
      --version      say which version this is
      --help         say this

## Onboarding: the first screen.
start-title = Say it quietly
start-lead = Sotto is for talking off the record: only you and the person you write to can read what is said in private.
start-sign-in = Sign in
start-sign-in-about = With an address you have on any XMPP server.
start-register = Make an account
start-register-about = On a server that lets you; its name is all you need.
start-import = Bring it from another program
start-import-about = Accounts, keys and verified contacts of Pidgin, Gajim, Profanity and others on this computer.
start-practice = Try it without an account
start-practice-again = Practise
start-practice-about = Talk to a practice partner inside this program. Nothing leaves your computer.
opening = Opening…

## The sign-in screen and the connection form.
sign-in-title = Your account
sign-in-lead = With an address you have on any XMPP server.
sign-in = Sign in
signing-in = Signing in…
sign-in-running = Connecting, and proving who you are…
sign-in-again = Sign in again
address = Address
address-placeholder = name@server
password = Password
password-empty = The password is missing.
server = Server
server-about = Where the server is: only needed if it is not found by itself. What you leave out is as usual.
host = Host
host-placeholder = Found by itself
port = Port
port-wrong = A number from 1 to 65535.
direct-tls = The server speaks TLS from the first byte
route = The way there
route-direct = Direct
route-direct-about = The shortest. The server and your network see where you are and where you go.
route-tor-if-there = Tor, if it runs here
route-tor-if-there-about = Hides where you are while Tor runs on this computer; goes straight when it does not.
route-tor-required = Only through Tor
route-tor-required-about = Hides where you are. Without Tor nothing is sent at all.
route-socks5 = SOCKS5 proxy
route-socks5-about = Everything goes through this proxy or not at all; the server sees the proxy in your place.
route-http = HTTP proxy
route-http-about = As many companies have it. The proxy sees which server you use, but not what you say.
proxy-host = Proxy
proxy-host-placeholder = Name or address
proxy-host-empty = The name or address of the proxy is missing.
proxy-user = Name
proxy-if-asked = If it asks for one
proxy-both = A proxy takes a name with a password, of 255 bytes each at most; or neither.
address-empty = The address is missing.
address-no-server = An address looks like name@server.
address-no-name = There is nothing before the @. An address looks like name@server.
address-malformed = This can’t be an address. It looks like name@server, without blanks or slashes.

## Import from other programs.
import-title = From another program
import-lead = Sotto looks at what other programs keep on this computer. Nothing of theirs is changed, and nothing is sent.
import-looking = Looking…
import-nothing = Nothing found of Pidgin, Gajim, Profanity, Psi or CoyIM.
import-again = Look again
import-from = From { $program }
import-bring = Bring over
import-bringing = Bringing over…
import-own-key = Its own key comes along, so that contacts know you by it.
import-own-key-here = It has a key in Sotto already, which stays.
import-no-key = It has no key of its own there.
import-keys = { $count ->
    [one] One key of a contact,
   *[other] { $count } keys of contacts,
} { $verified ->
    [0] not verified.
    [one] one of them verified.
   *[other] { $verified } of them verified.
}
import-password = Its password comes along.
import-no-password = Its password is not kept there so that it can be read.
import-unreadable = Something of { $program } could not be read, as if it were another user's.
import-damaged = Something of { $program } is damaged. What could be read is shown.
import-sealed = What { $program } keeps is locked with a passphrase.
import-still-sealed = The passphrase does not open what { $program } keeps.
import-passphrase = Passphrase of { $program }
import-open = Open
imported = The keys from { $program } are here now.
imported-choose-route = The keys from { $program } are here now. Which way it goes there is not known: please choose it.
program-pidgin = Pidgin
program-gajim = Gajim
program-profanity = Profanity
program-psi = Psi
program-coyim = CoyIM

## Registration.
register-title = A new account
register-lead = Which server shall it be on?
register-form-lead = { $server } wants to know this.
register-domain = Name of the server
register-placeholder = example.org
register-domain-wrong = The name of a server looks like example.org.
register-ask = Go on
register-yes = Make the account
register-not-offered = This server makes no accounts this way. Ask who runs it, or choose another.
register-on-website = This server makes accounts on the web: { $url }
register-name-taken = Somebody has this name already. Please choose another.
field-username = Name before the @
field-nick = Nickname
field-name = Your name
field-email = Email address
field-required = { $label } (needed)
field-missing = The server needs this.
picture-again = Another picture
picture-unreadable = The server’s picture cannot be shown: it is too large, or none that Sotto reads.

## Connection states and sign-in errors.
account-connecting = Connecting…
account-online = Online
account-offline = Offline
account-refused = Not signed in
offline-host-unknown = There is no server called { $host }. Check the spelling, and whether you are connected to the internet.
offline-unreachable = { $host } does not answer. It may be down, or something on the way blocks it.
offline-tor-unavailable = Tor does not run on this computer, so nothing was sent. Start Tor, or choose another way to the server.
offline-proxy-unreachable = The proxy { $host } does not answer, so nothing was sent. Check its name and port.
offline-connection-lost = The connection was lost.
offline-server-shutdown = The server is shutting down. It may be back soon.
offline-protocol = The server answered in a way Sotto does not understand.
offline-retried = Sotto tries again by itself.
unreadable = What Sotto keeps of this account can’t be read, so it was not signed in. Nothing was changed. Try again, or sign out to forget what is kept of it.
unreadable-password = The password of this account is no longer where Sotto kept it. Sign in again.
unreadable-keyring-silent = The keyring of this computer does not answer, so this account was not signed in. Try again once it does.
refused-wrong-password = The server does not know this address with this password. Check both and try again.
refused-unknown-issuer = { $host } can’t prove that it is your server: nobody your computer trusts vouches for it. Somebody may be listening in. Your password was not sent.
refused-self-signed = { $host } vouches only for itself. That is usual for a server of one’s own, but anybody could do so. Your password was not sent.
refused-expired = The certificate of { $host } is out of date, or the clock of this computer is wrong. Your password was not sent.
refused-wrong-name = { $host } shows a certificate made for another server. Check the address. Your password was not sent.
refused-revoked = The certificate of { $host } has been withdrawn. Your password was not sent. Ask who runs the server.
refused-invalid = The certificate of { $host } is not valid. Your password was not sent. Ask who runs the server.
refused-no-tls = The server offers no encryption, so Sotto did not send your password. Ask who runs the server.
refused-no-mechanism = The server offers no safe way to sign in, so Sotto did not send your password. Ask who runs the server.
refused-not-genuine = The server could not prove that it knows your password. It may be an impostor, so Sotto left.
refused-key-changed = { $host } has another key than the one you trust. Either whoever runs it changed the key, or somebody is pretending to be your server. Your password was not sent.
refused-downgraded = The server now offers only weaker ways to sign in than before. It may have been set up anew, or somebody may be standing in between. Your password was not sent.
refused-offer-changed = What the server offers for signing in was changed on the way: somebody stands between you and it. Your password was not sent.
refused-further-step = Your password is right, but the server wants a further step that Sotto cannot do, such as a second code or a new password. Ask who runs the server.
refused-proxy = The proxy { $host } does not take this name and password, so nothing was sent.
refused-conflict = This account was signed in elsewhere in our place. Try again to take it back.
refused-disabled = The server knows this account but does not let it in. Ask who runs the server.

trust-compare = Ask whoever runs the server, by another way, for the SHA-256 code of its key, and compare every group.
trust-found = Key of the server
trust-known = The key you trust
trust-new = The key it shows now
trust-renewal = The server shows who signed the certificate with this key. If they sign one with a new key for this server, Sotto takes it without asking.
trust-exactly = Trust exactly this key
trust-new-key = Trust the new key
weaker-details = Before: { $known }. Now: { $offered }.
weaker-accept = Sign in all the same
plain-about = The only way left is to show the server the password itself. The connection is encrypted, so only the server sees it; but the server proves nothing in return, and whoever runs it can read the password.
plain-allow = Show the server my password
not-done-offline = You are offline, so the server was not asked. Try again when you are online.
not-done-unsure = The server did not answer in time. It may be done, or not.
not-done-too-long = The server answered with more than Sotto takes.
not-done-unusable = The server's answer makes no sense, so nothing of it was used.
not-done-unsendable = This holds characters that cannot be sent.
not-done-refused = The server refused: { $words }

## The vault: keyring and passphrase.
vault-title = Where may Sotto keep your secrets?
vault-lead = Passwords and keys must be kept under lock.
vault-again-about = Ask the keyring of your system again.
vault-protect = Use a passphrase
vault-protect-about = Lock them with a passphrase of your own.
vault-session = Keep nothing
vault-waiting-title = Your keyring does not answer
vault-without = Go on without the keyring
vault-without-about = What Sotto has kept stays untouched. Until Sotto closes, nothing new is kept.
vault-session-about = Forget everything when Sotto closes.
vault-protect-title = Choose a passphrase
vault-protect-lead = Sotto asks for it at every start. Nobody can bring it back if you forget it.
vault-ask-title = Your passphrase, please
vault-ask-lead = It opens the accounts and keys that Sotto keeps on this computer.
vault-open = Open
vault-opening = Opening…
vault-other-ways = Other ways
passphrase = Passphrase
passphrase-again = The same again
passphrase-short = At least { $min } characters; a few words are best.
passphrase-different = The two are not the same.
vault-no-keyring = No keyring answers on this computer.
vault-keyring-locked = The keyring is locked and was not unlocked.
vault-keyring-silent = The keyring of this computer has not answered yet. It may be asking for its password, perhaps behind this window. Sotto goes on by itself as soon as it answers.
vault-wrong-passphrase = This passphrase does not fit. Check capital letters and the keyboard layout.
vault-key-missing = The key to what Sotto kept on this computer is missing, so it can’t be read. If a backup has the key, bring it back and try again.
vault-database-missing = The key is here, but what it opens is missing: whom you trust, how your accounts connect, messages that wait. If a backup has it, bring it back and try again.
vault-anew = Begin anew
vault-anew-about = Set everything up again. Nothing that is still here is deleted.
vault-disk-full = The disk is full. Make some room and try again.
vault-in-use = Another Sotto is running with the same data. Close it and try again.
vault-damaged = What Sotto kept is damaged, or was written by a newer Sotto. Nothing was changed.
vault-system = The system did not let Sotto open what it keeps. Start Sotto from a terminal to see why.
not-saved = This could not be written down. It holds until Sotto closes.
not-saved-disk-full = The disk is full, so this could not be written down. It holds until Sotto closes.
not-saved-keyring = The keyring did not take this, so it holds only until Sotto closes.
not-saved-system = This could not be written down: the system refused. It holds until Sotto closes.

## The main window and its dialogs.
search = Search
add-contact = Add contact
add-account = Add account
key-codes = Key codes
help = Help
sign-out = Sign out
change = Change
decide = Decide…
asking-server = Asking the server…
presence-invisible = Invisible
show-title = Show me as
show-online-about = Contacts see that you are there. This and the next are for all your accounts.
show-away-about = There, but not at the keyboard.
show-busy-about = There, and not to be disturbed.
show-invisible-about = Contacts see you as offline, and some apps then end a private conversation. What you write may wait until you show yourself again, as may what they write.
secured-title = The connection
secured-direct = It goes straight to the server, encrypted.
secured-tor = It goes through Tor, encrypted; the server does not see where you are.
secured-proxy = It goes through your proxy, encrypted.
secured-plain = The server was shown your password, and proved nothing itself.
secured-bound = Your sign-in is tied to this very connection, so nobody can stand in between.
secured-bound-to-key = Your sign-in is tied to the server’s certificate, so nobody can stand in between who does not have the key of your server.
secured-unbound = Your sign-in is not tied to the connection: that nobody stands in between rests on the server’s certificate, or on the key you trust.
secured-details = { $tls }, { $how }
account-own-key = Your own key code
trust-pinned = Only one key of this server is trusted, whatever its certificate says.
trust-give-up = Go back to certificates
console = Stream console
console-warning = This shows what Sotto and the server say to each other, with addresses and times. Whoever tells you to open it and copy from it may be after just that.
console-off = Show nothing
console-off-about = As long as this page is not open, nothing is shown either.
console-hidden = Without what people write
console-hidden-about = Texts are left out.
console-whole = Everything
console-whole-about = Also readable texts. Private ones are encrypted here too; passwords are never shown.
console-dropped = { $count ->
    [one] One more went by too fast to be shown.
   *[other] { $count } more went by too fast to be shown.
}
privacy-title = What contacts learn
privacy-receipts = That their messages arrived
privacy-receipts-about = Only people on your list who may see when you are online. Sotto needs the same from them to tell you that yours arrived.
privacy-writing = That you are writing to them
privacy-writing-about = Readable by the servers, also in private conversations.
privacy-pictures = That you look at their pictures
privacy-pictures-about = Fetched from the same people, whose servers can see it. Otherwise you see a letter.
blocked-title = Blocked people
blocked-none = Nobody is blocked.
route-title = Server, and the way there
route-apply = Connect this way
change-password = Change password
change-password-about = The server and Sotto take it at once. Other devices have to sign in again with it.
change-password-done = The password is changed.
new-password = New password
remove-account = Remove account…
remove-account-title = Remove this account for ever?
remove-account-about = { $account } is removed from its server and from here: its address, its contacts, and messages the server keeps. Nobody can bring them back, and somebody else may take the address.
remove-account-yes = Remove for ever
contacts-none = Nobody is here yet.
contacts-not-found = Nobody by that name.
groups-all = All contacts
section-requests = Want to reach you – { $count }
requests-show = Show
requests-hide = Hide
requests-more = Show more ({ $count })
requests-decline-all = Decline all
requests-decline-about = Whoever asked to see you is told no, and can ask again.
requests-decline-yes = Decline all { $count }
requests-not-kept = { $count ->
    [one] One more request came than there is room for. It comes again at your next sign-in.
   *[other] { $count } more requests came than there is room for. They come again at your next sign-in.
}
messages-not-kept = { $count ->
    [one] One message of a stranger was not kept.
   *[other] { $count } messages of strangers were not kept.
}
addresses-not-read = { $count ->
    [one] One address can’t be read by Sotto. Nothing that comes from it is shown.
   *[other] { $count } addresses can’t be read by Sotto. Nothing that comes from them is shown.
}
# Confusable names.
alike-same-name = Not the { $other } on your list, but somebody else by the same name.
alike-looks = Looks like { $other } on your list, but is another address.
alike-scripts = Letters of several alphabets stand in one word here. Some may not be what they look like.
section-online = Online – { $count }
section-offline = Offline – { $count }
# While we are offline ourselves.
section-was-online = Last seen online – { $count }
section-was-offline = Not seen online – { $count }
request-about = Asks to see when you are online and to write to you.
request-wrote = Wrote to you and is not on your list. Nothing answers before you accept.
presence-asked = Asked, no answer yet
empty-title = No conversation open
empty-choose = Choose somebody on the left.
empty-no-contacts = Add somebody you want to talk to. All you need is their address.
empty-keys = Ctrl+K searches, Ctrl+N adds somebody, F1 shows all keys.
start-practice-here = Practise first
sign-out-title = Sign out?
sign-out-about = Private conversations of { $account } end. Sotto forgets its password, its own key, the keys of its contacts and what you decided about them. Messages that have not gone out, and drafts, are lost. The contacts themselves stay on the server; if you sign in again, they meet you with a new key.
new-contact-title = Add a contact
new-contact-lead = They are asked whether you may see when they are online.
new-contact-as = Add them as
new-contact-yourself = This is your own address.

## Practice.
practice-account = Practice
practice-title = Practice
practice-lead = Your partner lives inside this program and speaks real off-the-record messaging. If you are asked a question, the answer is “{ $answer }”.
practice-partner-may = Let your partner
practice-ask = ask you a question
practice-write-plainly = write without privacy
practice-leave-private = leave the private conversation
practice-lose-session = crash and forget everything
practice-change-key = come back with a new key
practice-go-away = go offline
practice-come-back = come online
leave-practice = Leave practice
practice-open = What the partner may do…
practice-name = Robin
practice-greeting = Hello! Only you and I can read this. Look at the padlock above, then try to verify me: whatever you ask, I answer “rosebud”.
practice-reply-one = I see. Nobody between us can read that.
practice-reply-two = Go on, I am listening. On the right you can make me do things.
practice-reply-three = Nothing we say here is kept anywhere.
practice-plain-reply-one = I can read that, and so could everybody on the way: this is not private now.
practice-plain-reply-two = Still not private. Try “Go private” above, and see what the padlock says then.
practice-plain-line = Oops, this line was not private: everybody on the way could have read it.
practice-question = What is the name of the sledge?
practice-answer = rosebud

## Keyboard shortcuts.
help-title = Keys
help-search = Search
help-new-contact = Add a contact
help-step = The next or the previous conversation
help-send = Send
help-break = A new line
help-go-private = Go private
help-verify = Verify
help-text-size = Larger, smaller, usual text
help-tab = To the next field or button
help-escape = Close what lies on top
help-close = Close the conversation or the window
help-quit = Quit

## Days.
day-today = Today
day-yesterday = Yesterday
day-date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }

## A chat: header and timeline.
chat-you = You
chat-new = New
chat-to-end = To the end
chat-let-go = { $count ->
    [one] One earlier message is not kept any more.
   *[other] { $count } earlier messages are not kept any more.
}
# Somewhere in a conversation messages may be missing: nobody knows before they are fetched.
gap-filling = Fetching earlier messages…
# $after and $before are moments, such as “Yesterday, 14:02”.
gap-between = Some messages may not be here: { $after } – { $before }.
gap-since = Some messages may not be here: { $after } and later.
gap-before = Some messages may not be here: { $before } and earlier.
gap-somewhere = Some messages may not be here.
gap-fetch = Fetch them
gap-incomplete = Some messages may be missing, because your server does not keep them any more: { $after } – { $before }.
gap-incomplete-somewhere = Some messages may be missing, because your server does not keep them any more.
gap-moment = { $day }, { $time }
chat-new-above = { $count ->
    [one] { $count } new message, further up
   *[other] { $count } new messages, from further up
}
chat-new-messages = { $count ->
    [one] { $count } new message
   *[other] { $count } new messages
}
chat-more = More
chat-back = Back to the list
chat-stop-going-private = Stop going private
# As whom one writes, where there are several accounts.
chat-as = You write as { $account }
contact-asks = Wants to make sure it is you
keeps-nothing = Nothing is kept: when Sotto closes, this account, unread messages and drafts are gone from this computer.
contact-failed = A message did not arrive
contact-held = A message is held here
contact-draft = Draft
contact-as = You are { $account }
chat-go-private = Go private
chat-go-private-again = Go private again
chat-go-on-plain = Go on without privacy…
chat-try-again = Try again
chat-show-me = Show me as online
chat-older = Use the older way…
chat-older-no-longer = Allow it no longer
# To ask somebody who looks away to go private; on a button, and in the menu.
chat-try-now = Try now
chat-try-now-menu = Try to go private now
chat-cancel = Cancel
chat-writing = Writing…
chat-verify = Verify { $name }
chat-verify-again = Verify again
chat-what-does-this-mean = What does this mean?
chat-understood = Fold this away
chat-end-private = End private conversation…
chat-keys = Key codes
chat-edit-contact = Name and groups…
chat-block = Block
chat-unblock = Unblock
chat-remove = Remove from list…
presence-online = Online
presence-away = Away
presence-busy = Busy
presence-offline = Offline
presence-unknown = Unknown while you are offline or invisible
presence-blocked = Blocked

## Banners and confirmations in a chat.
banner-finished = Nothing you write leaves this computer until you choose how to go on.
banner-unanswered = { $name }’s app does not answer. What you write is held here until it does.
banner-unanswered-invisible = { $name }’s app does not answer, perhaps because you are invisible to it. What you write is held here until it does.
banner-held-invisible = You are invisible, so { $name } is not asked to go private by itself. What is held here goes out when you show yourself, or go private.
banner-older = { $name }’s app does not go private in the newer way that { $name } has used before. It may know only the older one, or somebody on the way is blocking the newer one.
banner-older-allowed = You allow the older way to go private with { $name } (OTR version 2). Taking that back ends a private conversation in it.
banner-key-changed = Someone answers as { $name } with a new key. What you write is held here.
banner-key-beside = Another app answers as { $name }, with a new key. What you write goes only to the key you know.
banner-doubted = This may not be { $name }: something speaks against this key. What you write is held here.
banner-contact-asks = { $name } asks to see when you are online.
banner-contact-wrote = { $name } wrote to you and is not on your list.
banner-blocked = { $name } is blocked: the server lets nothing through, either way.
banner-accept = Accept
banner-decline = Decline
banner-block = Block
banner-offline = You are offline. What you write is kept here until you are back.
banner-editing = You are editing your last message.
banner-undecided = Not sent: choose first how to go on. What you typed is still here.
banner-not-taken = Sotto is too busy to take this now. Nothing is lost: please try again.
key-changed-why = This happens when { $name } uses a new device or has installed the app anew. It also happens when somebody pretends to be { $name }.
key-changed-do = Ask { $name } about it by another way, or verify again. You can also go on with the new key unverified; what is held is then sent to it.
key-changed-accept = Go on with the new key
key-beside-do = Ask { $name } about it by another way. If you go on with the new key, unverified, what you write goes to the app that { $name } used last.
doubted-why = An answer did not match, the key codes differed, or you withdrew your trust. It may be a typo, or an older code. It may also be that someone pretends to be { $name }.
doubted-do = Talk to { $name } by another way, then verify again. You can also go on with this key unverified; what is held is then sent to it.
doubted-accept = Go on all the same
# What version 2 of OTR lacks: names for programs, and nothing binds the version.
confirm-older = The older way (OTR version 2) encrypts as the newer one does, and a verified key counts as before. But it can’t tell { $name }’s apps apart: while several are on, messages may be lost. If somebody on the way is blocking the newer way on purpose, this is what they want you to do. It holds until the newer way works again, or you take it back.
confirm-older-yes = Use the older way
confirm-older-no = Only the newer way
confirm-end = The private conversation ends. What you and { $name } write after that can be read by the servers.
confirm-end-yes = End private conversation
confirm-plain = What you and { $name } write from now on can be read by the servers. What is held stays held.
confirm-plain-yes = Go on without privacy
confirm-no = Stay private
confirm-remove = { $name } is taken from your list. Neither of you sees any more when the other is online.
confirm-remove-unsent = { $name } is taken from your list. Neither of you sees any more when the other is online. What you wrote and has not gone out yet is lost.
confirm-remove-yes = Remove from list
confirm-readable = This message was meant to be private. Sent like this, the servers can read it, and so can whoever runs them.
confirm-discard = This message has not gone out. It is thrown away.
confirm-discard-yes = Discard message
confirm-discard-no = Keep it
contact-editor-name = A name of your own for them
contact-editor-group = Add to a group
contact-editor-leave = Take out of this group
contact-editor-done = Save

## The composer bar.
composer-plain = Message, readable by the servers
composer-unasked = Type to go private
composer-starting = Goes out when private
composer-waiting = Goes out privately when { $name } is back
composer-offline = Kept here while you are offline
composer-unanswered = Held until { $name }’s app answers
composer-private = Private message
composer-finished = Choose above how to go on
composer-unaccepted = You can write once you have accepted { $name }
composer-blocked = You can write once you have unblocked { $name }
composer-key-changed = Held until you decide about the new key
composer-doubted = Held until you decide
composer-send = Send
composer-send-private = Send privately
composer-send-starting = Send when private
composer-send-later = Send later

## One message: bubble, protection, delivery.
message-host = Careful, this link only looks familiar. It goes to { $host }
message-show-more = Show more
message-copy = Copy
message-retry = Retry
message-retry-readable = Send without privacy
message-edit = Edit
message-discard = Discard
message-resent = Sent again
message-edited = Edited
message-corrects = { $name } says that this corrects an earlier message.
message-said-to-correct = Said to correct an earlier message. { $name }’s app, or somebody on the way, says so: it was not encrypted.
message-other-device = From another device
provenance-plain = Not private
provenance-private = Private – not verified
provenance-verified = Private and verified
provenance-unaccepted = Private – key not accepted
provenance-unaccepted-warning = Somebody else may have written this: you had not accepted this key then
provenance-unaccepted-hint = Private, with a key you had not accepted then: { $key }
provenance-plain-in-private = Not private: readable on the way, though this conversation was private
provenance-plain-hint = Not private: the servers could read it
provenance-private-hint = Private, with a key that was not verified then: { $key }
provenance-verified-hint = Private, with a key that was verified then: { $key }
delivery-queued = Queued
delivery-sent = Sent
delivery-reported = Sent. The server says it arrived.
delivery-delivered = Delivered
delivery-confirmed = Delivered: { $name }’s app confirms it
held-going-private = Held: goes out when private
held-contact-away = Held: goes out privately when { $name } is back
held-offline = Held: goes out when you are online
held-settling = Held: your server is asked first whether it has it
held-finished = Held: { $name } left the private conversation
held-key-changed = Held: { $name } has a new key
held-other-key = Held: it was written for another key of { $name }
held-doubted = Held: this may not be { $name }
held-unanswered = Held: { $name }’s app does not answer
held-invisible = Held: goes out when you show yourself, or send it again
held-padlock-changed = Held: the padlock changed before it went out
failed-undeliverable = The server says that it could not reach { $name }
failed-unreadable = { $name }’s app could not read it
failed-unsure = { $name } may or may not have it
failed-reserved = Can’t be sent without privacy: “?OTR” is reserved for the programs, and would not be shown. Go private, or write it differently.
failed-unsendable = Can’t be sent like this: too long, or with a character no app can carry

## Notices in the timeline.
notice-started = Private conversation started. What was read in it is not kept on this computer.
notice-started-verified = Private conversation started; it is { $name }. What was read in it is not kept on this computer.
notice-started-new-key = Private conversation started, with a key of { $name } never seen before. What was read in it is not kept on this computer.
notice-refreshed = The private conversation has fresh keys.
notice-ended-by-us = You ended the private conversation.
notice-ended-by-contact = { $name } ended the private conversation.
notice-key-changed = Someone answers as { $name } with a new key, not the one used before.
notice-key-changed-verified = Someone answers as { $name } with a new key, not the one you verified.
notice-key-accepted = You went on with this key of { $name }, not verified, { $time }.
notice-key-differs = The key codes you compared with { $name } differed, { $time }. What you write from here on is held until you decide.
notice-not-verified = { $name } could not be verified: it did not match, { $time }. What you write from here on is held until you decide.
notice-not-proved = { $name } could not verify you: your answer did not match, { $time }.
notice-verified-question = Verified with a question, { $time }.
notice-verified-secret = Verified with a shared secret, { $time }.
notice-verified-compared = Verified by comparing key codes, { $time }.
notice-verified-imported = Verified earlier, in another app.
notice-trust-withdrawn = You withdrew your trust in this key of { $name }. What you write from here on is held until you decide.
notice-unreadable = A message that came in { $name }’s name could not be read. There may have been several.
notice-not-kept = { $name } wrote more than is kept. What follows is not kept.
# Each of these may be a lie of whoever can write on the way.
error-claimed-unreadable = { $name }’s app, or somebody on the way, says that a private message could not be read. Ask { $name } before you send anything again.
error-claimed-not-private = { $name }’s app, or somebody on the way, says that it is not private any more. If no answer comes, end the private conversation and go private again.
error-claimed-malformed = { $name }’s app, or somebody on the way, says that a message was damaged. Ask { $name } before you send anything again.
error-claimed-not-encrypted = { $name }’s app, or somebody on the way, says that a message to you could not be encrypted.
error-claimed-other = { $name }’s app, or somebody on the way, reports an error.
notice-not-blocked = The server did not confirm it: { $name } may still be blocked, or still be able to reach you. Please try again.
notice-other-device = A private message can’t be read here: it belongs to another of your devices, or came while Sotto was not running. If one is missing, ask { $name } to send it again.
notice-question-lost = { $name } wanted to make sure it is you. That can’t be answered any more: please ask { $name } to ask again.
notice-unanswered = { $name }’s app did not answer. Perhaps it is not there, or can’t talk privately.
notice-setup-failed = Going private with { $name } failed. Please try again.
notice-too-many-apps = More apps of { $name } want to talk privately than Sotto can keep apart. The private conversation with one of them was ended.
notice-asked-unaccepted = Someone with a key that you had not accepted, as { $name }, asked you to prove who you are. Nothing was shown or answered. You can verify { $name } yourself.
notice-answer-copied = Somebody between you and { $name } copied messages. They can’t read what is private, but a message may not have arrived.
notice-downgrade-refused = An older, weaker way to go private with { $name } was refused: { $name } has used a better one before. Perhaps another program, perhaps somebody in between.
notice-older-allowed = You allowed the older way to go private with { $name }.
notice-newer-again = { $name }’s app went private in the newer way again. With that, your permission for the older way ended.

## The verification dialog.
verify-how = How do you want to make sure it is { $name }?
verify-why = Once is enough. From then on Sotto knows { $name }’s key.
verify-method-question = Ask a question
verify-method-question-hint = Something only { $name } can answer. Best for most people.
verify-method-secret = Use a secret you both know
verify-method-secret-hint = You and { $name } type the same words.
verify-method-compare = Compare key codes
verify-method-compare-hint = Read two codes to each other, on the phone or face to face.
verify-cancel = Cancel
verify-step-choose = Choose
verify-step-ask = Ask
verify-step-compare = Compare
verify-step-answer = Answering
verify-step-wait = Waiting
verify-step-result = Result
verify-back = Back
verify-done = Done
verify-again = Try again
verify-question-title = Ask { $name } a question
verify-question-hint = Choose something only { $name } can know. Whoever holds the other end sees the question, { $name } or not; nobody sees the answers.
verify-question-label = Your question
verify-question-placeholder = Where did we first meet?
verify-answer-label = The answer you expect
verify-spelling = Capital letters, spaces and spelling count.
verify-show-typed = Show what I type
verify-hide-typed = Hide what I type
verify-who-learns-we = You will know whether it is { $name }. { $name } learns nothing new about you.
verify-who-learns-they = Your answer proves you to { $name }, not { $name } to you. You can ask a question back afterwards.
verify-who-learns-both = If both type the same, you know that it is { $name }, and { $name } knows that it is you.
verify-ask = Ask { $name }
verify-secret-title = A secret you and { $name } know
verify-secret-hint = Words you agreed on before, not written down in this conversation. { $name } is asked for the same.
verify-secret-label = The secret
verify-ask-secret = Compare secrets
verify-they-ask = { $name } wants to make sure it is you
verify-they-ask-secret = { $name } asks for the secret you both know
verify-your-answer = Your answer
verify-answer = Answer
verify-decline = Decline
verify-request-bar = { $name } wants to make sure it is you.
verify-request-open = Answer { $name }
verify-they-ask-anew = { $name } asks something else now
verify-they-ask-secret-anew = { $name } asks anew for the secret you both know
verify-asked-title = Waiting for { $name }’s answer
verify-asked-hint = { $name } has been asked. As soon as { $name } answers, you see the result here.
verify-answered-title = Your answer is on its way
verify-answered-hint = Waiting for { $name }’s app to compare.
verify-goes-on = You can close this and go on writing.
verify-hide = Go on writing
verify-under-way = Verifying { $name }…
verify-has-result = The verification has a result.
verify-show = Show
verify-dismiss = Dismiss
verify-compare-title = Compare key codes with { $name }
verify-compare-hint = Call { $name } or meet. Read one code aloud, let { $name } read the other.
verify-compare-theirs = { $name }’s code
verify-compare-ours = Your code
verify-compare-unknown = Not known yet
verify-compare-warning = Don’t compare them in a chat: whoever could fake the key could fake the chat.
verify-match = They match
verify-differ = They differ
verify-succeeded = It is { $name }
verify-succeeded-hint = From now on, a closed padlock with a check tells you that only { $name } can read what you write.
verify-they-learnt = { $name } knows that it is you
verify-they-learnt-hint = You know no more about { $name } than before. If you have not made sure of { $name } yet, ask a question back.
verify-ask-back = Ask { $name } a question too
verify-failed = It did not match
verify-failed-hint = It may be a typo, or words remembered differently. It may also be that this is not { $name }. Talk by another way and try again; until you decide, what you write is held.
verify-failed-paused-hint = It may be a typo, or words remembered differently. It may also be that this is not { $name }. As it did not match several times in a row, the next attempt is possible from { $at } on, so that nobody can find it out by guessing. Talk by another way meanwhile, or compare key codes; until you decide, what you write is held.
verify-not-proved = Your answer did not match
verify-not-proved-hint = { $name } could not make sure that it is you. It may be a typo, or you remember it differently. Until they are sure, { $name }’s app may hold back what { $name } writes. What you know about { $name } has not changed.
verify-not-proved-paused-hint = { $name } could not make sure that it is you. It may be a typo, or you remember it differently. As it did not match several times in a row, the next attempt is possible from { $at } on, so that nobody can find it out by guessing. Talk by another way meanwhile, or compare key codes.
verify-differs = The key codes differ
verify-differs-hint = Then somebody may stand between you and { $name }, or one of you looked at an older key. What you write is held until you decide.
verify-cancelled = { $name } stopped the verification
verify-cancelled-hint = Nothing has changed. You can try again at any time.
verify-interrupted = The verification was interrupted
verify-interrupted-hint = The private conversation changed while it was under way. Please try again.
verify-not-private = The conversation is not private yet
verify-not-private-hint = First go private with { $name }, then verify.
verify-outdated = That was an older question
verify-outdated-hint = { $name } has asked anew meanwhile. Your answer was not used.
verify-other-key = { $name }’s key changed before anything was asked
verify-other-key-hint = Nothing was sent. Look at the padlock: the key in use now is not the one you saw.
verify-nothing-typed = Nothing was compared
verify-paused = { $minutes ->
    [one] Please wait a minute
   *[other] Please wait { $minutes } minutes
}
verify-paused-hint = It did not match several times in a row. So that nobody can find it out by guessing, the next attempt with { $name } is possible from { $at } on. Nothing was sent. Talk by another way meanwhile, or compare key codes.
verify-blank = Spaces alone prove nothing. Type words that only the two of you know.

## The window of key codes.
keys-title = Key codes
keys-tab-contacts = Contacts
keys-tab-own = Yours
keys-search = Search a name, an address or a piece of a code
keys-none = No keys yet. They appear here when a conversation goes private for the first time.
keys-none-found = No key matches.
keys-in-use = In use now
keys-verified = Verified
keys-unverified = Not verified
keys-undecided = New
keys-doubted = In doubt
keys-how-question = Verified with a question · { $date }
keys-how-secret = Verified with a shared secret · { $date }
keys-how-compared = Verified by comparing key codes · { $date }
keys-how-imported = Verified in another app · { $date }
keys-how-accepted = Accepted as a new key · { $date }
keys-how-differs = Its code differed when it was compared · { $date }
keys-how-withdrawn = You withdrew your trust · { $date }
keys-how-not-matched = A verification did not match · { $date }
keys-seen = First seen: { $first } · Last seen: { $last }
keys-verify = Compare
keys-withdraw = Withdraw trust
keys-withdraw-sure = If you withdraw your trust, nothing more is sent to this key of { $name } until you decide again.
keys-withdraw-yes = Withdraw
keys-copy = Copy
keys-forget = Forget
keys-forget-in-use = In use now, so it can’t be forgotten: end the private conversation first.
keys-forget-sure = Sotto forgets this key and what you decided about it. If { $name } uses it again, it counts as new.
keys-forget-yes = Forget this key
keys-not-now = Not now
keys-own-hint = These codes are yours. Read them to a contact who wants to verify you.
keys-own-none = Your key is made when you sign in for the first time.

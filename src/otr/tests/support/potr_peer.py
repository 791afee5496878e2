"""python-potr behind a line protocol: one command in, some lines out, then OK or ERR.

potr_peer.py ACCOUNT PEER INSTANCE_TAG

A key is made at the start. Version 2 knows no instance tags. Texts are escaped: \\\\ \\n \\r \\t \\xHH.
"""
import logging
import re
import sys
import time

import potr.compatcrypto.pycrypto as primitives
from Cryptodome.Cipher import AES
from Cryptodome.PublicKey import DSA


def aes_ctr(key, counter=0):
    """The module asks PyCrypto, which is gone: its counters are functions."""
    if not isinstance(counter, primitives.Counter):
        counter = primitives.Counter(counter)
    first = counter.prefix << 64 | counter.val
    return AES.new(key, AES.MODE_CTR, nonce=b'', initial_value=first)


def generate(cls):
    key = DSA.generate(1024)
    return cls(tuple(int(n) for n in (key.y, key.g, key.p, key.q, key.x)), private=True)


def sign(self, data):
    p, q, g, x = (int(n) for n in (self.priv.p, self.priv.q, self.priv.g, self.priv.x))
    k = primitives.randrange(2, q)
    r = pow(g, k, p) % q
    s = pow(k, -1, q) * (primitives.bytes_to_long(data) + x * r) % q
    return primitives.long_to_bytes(r, 20) + primitives.long_to_bytes(s, 20)


def verify(self, data, signature):
    p, q, g, y = (int(n) for n in (self.pub.p, self.pub.q, self.pub.g, self.pub.y))
    r, s = (primitives.bytes_to_long(half) for half in (signature[:20], signature[20:]))
    w = pow(s, -1, q)
    return pow(g, primitives.bytes_to_long(data) * w, p) * pow(y, r * w, p) % p % q == r


primitives.DSAKey.generate = classmethod(generate)
primitives.DSAKey.sign = sign
primitives.DSAKey.verify = verify

import potr.context  # noqa: E402 (after what it asks for is mended)
import potr.crypt  # noqa: E402
import potr.proto as proto  # noqa: E402

potr.crypt.AESCTR = aes_ctr
logging.disable(logging.CRITICAL)

STATES = ('PLAINTEXT', 'ENCRYPTED', 'FINISHED')
FLAGS = {'V2': 'ALLOW_V2', 'SEND_WHITESPACE_TAG': 'SEND_TAG'}
policy = {'ALLOW_V2'}
later = 0
potr.context.time = lambda: time.time() + later


def escape(data):
    text = data.decode('utf-8', 'replace').replace('\\', '\\\\')
    text = text.replace('\n', '\\n').replace('\r', '\\r').replace('\t', '\\t')
    return re.sub('[\x00-\x1f]', lambda control: '\\x%02x' % ord(control[0]), text)


def unescape(text):
    known = {'n': '\n', 'r': '\r', 't': '\t'}
    plain = re.sub(r'\\(x[0-9a-fA-F]{2}|.)',
                   lambda m: chr(int(m[1][1:], 16)) if len(m[1]) > 1 else known.get(m[1], m[1]), text)
    return plain.encode()


def say(what, data=None):
    print(what if data is None else what + ' ' + escape(data))


class Contact(potr.context.Context):
    def getPolicy(self, key):
        return key in policy

    def inject(self, msg, appdata=None):
        say('INJECT', msg)

    def setState(self, newstate):
        if newstate == potr.context.STATE_ENCRYPTED:
            say('EVENT STILL_SECURE' if self.state == newstate else 'EVENT GONE_SECURE')
        super().setState(newstate)


class Account(potr.context.Account):
    contextclass = Contact

    def loadPrivkey(self):
        return None

    def savePrivkey(self):
        pass

    saveTrusts = savePrivkey


def tell_verification(contact, tlv):
    smp = contact.crypto.smp
    if isinstance(tlv, proto.SMPABORTTLV):
        say('EVENT SMP_ABORT')
    elif smp.prog == potr.crypt.SMPPROG_SUCCEEDED:
        say('EVENT SMP_SUCCESS')
    elif smp.prog == potr.crypt.SMPPROG_FAILED:
        say('EVENT SMP_FAILURE')
    elif smp.prog == potr.crypt.SMPPROG_CHEATED:
        say('EVENT SMP_CHEATED')
    elif isinstance(tlv, proto.SMP1QTLV):
        say('EVENT SMP_ASK_FOR_ANSWER question=' + escape(tlv.msg))
    elif isinstance(tlv, proto.SMP1TLV):
        say('EVENT SMP_ASK_FOR_SECRET')
    else:
        say('EVENT SMP_IN_PROGRESS 60')


def receive(contact, wire):
    try:
        text, tlvs = contact.receiveMessage(wire)
    except potr.context.NotOTRMessage as plain:
        return say('PLAIN', plain.args[0])
    except potr.context.UnencryptedMessage as plain:
        return say('EVENT RCVDMSG_UNENCRYPTED msg=' + escape(plain.args[0]))
    except potr.context.ErrorReceived as error:
        return say('EVENT RCVDMSG_GENERAL_ERR msg=' + escape(error.args[0].error))
    except potr.context.NotEncryptedError:
        return say('EVENT RCVDMSG_NOT_IN_PRIVATE')
    except potr.crypt.InvalidParameterError:
        return say('EVENT RCVDMSG_UNREADABLE')
    except proto.UnknownTLV:
        return say('EVENT RCVDMSG_MALFORMED')
    if text:
        say('PLAIN', text)
    for tlv in tlvs:
        if isinstance(tlv, proto.DisconnectTLV):
            say('EVENT DISCONNECTED')
        elif isinstance(tlv, proto.SMPTLV):
            tell_verification(contact, tlv)
        elif isinstance(tlv, proto.ExtraKeyTLV):
            say('EVENT SYMKEY use=%d data=%s key=%s' % (
                int.from_bytes(tlv.appid, 'big'), tlv.appdata.hex(), contact.crypto.extraKey.hex()))


def send(contact, data, tlvs=()):
    try:
        rest = contact.sendMessage(potr.context.FRAGMENT_SEND_ALL, data, tlvs=list(tlvs))
    except potr.context.NotEncryptedError:
        return say('EVENT CONNECTION_ENDED')
    if rest:
        say('INJECT', rest)


def state(contact):
    ssid = contact.crypto.sessionId or b''
    half = 'second' if contact.crypto.sessionIdHalf else 'first'
    print('STATE msg=%s our=00000000 their=00000000 ssid=%s half=%s trust=%s selected' % (
        STATES[contact.state], ssid.hex(), half, contact.getCurrentTrust() or ''))


def obey(account, contact, command, argument):
    global later
    if command == 'RECV':
        receive(contact, unescape(argument))
    elif command == 'SEND':
        send(contact, unescape(argument))
    elif command == 'START':
        say('INJECT', account.getDefaultQueryMessage(contact.getPolicy))
    elif command == 'POLICY':
        policy.clear()
        policy.update(FLAGS.get(flag, flag) for flag in argument.split(','))
    elif command == 'MTU':
        account.maxMessageSize = int(argument)
    elif command == 'END':
        contact.disconnect()
    elif command == 'SMP_START':
        secret, _, question = argument.partition('\t')
        contact.smpInit(unescape(secret), question=unescape(question) if question else None)
    elif command == 'SMP_RESPOND':
        contact.smpGotSecret(unescape(argument))
    elif command == 'SMP_ABORT':
        contact.smpAbort()
    elif command == 'FINGERPRINT':
        print('FPR ours ' + account.getPrivkey().cfingerprint())
        if contact.crypto.theirPubkey:
            print('FPR theirs ' + contact.crypto.theirPubkey.cfingerprint())
    elif command == 'EXTRAKEY':
        use, _, data = argument.partition(' ')
        print('EXTRAKEY ' + contact.getExtraKey(int(use).to_bytes(4, 'big'), bytes.fromhex(data)).hex())
    elif command == 'STATE':
        state(contact)
    elif command == 'RESET':
        account.ctxs.clear()
        account.trusts.clear()
        account.maxMessageSize = later = 0
    elif command == 'TIMEADD':
        later += int(argument)
    else:
        return 'ERR command'
    return 'OK'


def main():
    account = Account(sys.argv[1], 'test', 0)
    account.getPrivkey()
    print('READY', flush=True)
    for line in sys.stdin:
        command, _, argument = line.rstrip('\n').partition(' ')
        print(obey(account, account.getContext(sys.argv[2]), command, argument), flush=True)


main()

// otr.js behind a line protocol: one command in, some lines out, then OK or ERR.
//
// node peer.js ACCOUNT PEER INSTANCE_TAG_IN_HEX [converse]
//
// A key is made at the start. One object of otr.js serves for all, as in JSXC; with `converse`, each
// start and each query that begins with ?OTRv2 or ?OTRv23 makes a new one, as Converse.js 2 and 3 have
// it. Texts are escaped: \\ \n \r \t \xHH.
'use strict'

const readline = require('readline')
const OTR = require('otr').OTR
const DSA = require('otr').DSA
const CONST = OTR.CONST

const FLAGS = {
  V2: 'ALLOW_V2',
  V3: 'ALLOW_V3',
  REQUIRE_ENCRYPTION: 'REQUIRE_ENCRYPTION',
  SEND_WHITESPACE_TAG: 'SEND_WHITESPACE_TAG',
  WHITESPACE_START_AKE: 'WHITESPACE_START_AKE',
  ERROR_START_AKE: 'ERROR_START_AKE'
}
const STATES = ['PLAINTEXT', 'ENCRYPTED', 'FINISHED']

const lines = []
const key = new DSA()
const tag = process.argv[4].padStart(8, '0')
const isConverse = process.argv[5] === 'converse'
let flags = ['ALLOW_V3']
let bytesMax = 0
let contact = null
// Which error is the peer's: otr.js tells of both by one event.
let isErrorReceived = false

const hex = bytes => Buffer.from(bytes, 'latin1').toString('hex')

function escape (text) {
  const names = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\\\x00-\x1f]/g, c => names[c] || '\\x' + hex(c))
}

function unescape (text) {
  const names = { n: '\n', r: '\r', t: '\t' }
  return text.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_, c) =>
    c.length > 1 ? String.fromCharCode(parseInt(c.slice(1), 16)) : names[c] || c)
}

function say (what, text) {
  lines.push(text === undefined ? what : what + ' ' + escape(text))
}

function tellStatus (otr, status) {
  if (status === CONST.STATUS_AKE_SUCCESS) {
    say(otr.wasPrivate ? 'EVENT STILL_SECURE' : 'EVENT GONE_SECURE')
    otr.wasPrivate = true
    // otr.js keeps the verification of the session before.
  } else if (status === CONST.STATUS_END_OTR) {
    otr.wasPrivate = false
    say(otr.msgstate === CONST.MSGSTATE_FINISHED ? 'EVENT DISCONNECTED' : 'EVENT GONE_INSECURE')
  }
}

function tellError (message) {
  if (isErrorReceived) {
    say('EVENT RCVDMSG_GENERAL_ERR msg=' + escape(message))
  } else if (message === 'Message cannot be sent at this time.') {
    say('EVENT CONNECTION_ENDED')
  } else if (message === 'An OTR error has occurred.') {
    say('EVENT RCVDMSG_UNREADABLE')
  } else if (message !== 'Received an unencrypted message.') {
    say('EVENT ERROR', message)
  }
}

function tellText (otr, text, isEncrypted) {
  // An error of the peer is told, and shown too.
  if (isErrorReceived) return
  const isExpected = isEncrypted || otr.msgstate === CONST.MSGSTATE_PLAINTEXT
  if (isExpected) say('PLAIN', text)
  else say('EVENT RCVDMSG_UNENCRYPTED msg=' + escape(text))
}

function tellVerification (what, value) {
  if (what === 'question') {
    if (value) say('EVENT SMP_ASK_FOR_ANSWER question=' + escape(value))
    else say('EVENT SMP_ASK_FOR_SECRET')
  } else if (what === 'trust') {
    say(value ? 'EVENT SMP_SUCCESS' : 'EVENT SMP_FAILURE')
  } else {
    say('EVENT SMP_ABORT')
  }
}

function tellFile (what, symkey, name) {
  if (what === 'send') return say('EXTRAKEY ' + hex(symkey))
  // The first four bytes, the use, it drops.
  say('EVENT SYMKEY use=1 data=' + Buffer.from(name).toString('hex') + ' key=' + hex(symkey))
}

function meet () {
  const otr = new OTR({
    priv: key,
    fragment_size: bytesMax,
    instance_tag: Buffer.from(tag, 'hex').toString('latin1')
  })
  otr.wasPrivate = false
  for (const flag of Object.values(FLAGS)) otr[flag] = flags.includes(flag)
  otr.on('io', wire => say('INJECT', wire))
  otr.on('ui', (text, isEncrypted) => tellText(otr, text, isEncrypted))
  otr.on('error', message => tellError(message))
  otr.on('status', status => tellStatus(otr, status))
  otr.on('smp', (what, value) => tellVerification(what, value))
  otr.on('file', (what, symkey, name) => tellFile(what, symkey, name))
  contact = otr
}

function receive (wire) {
  if (isConverse && /^\?OTRv23?/.test(wire)) meet()
  isErrorReceived = wire.includes('?OTR Error:')
  contact.receiveMsg(wire)
  isErrorReceived = false
}

function tellState () {
  const half = contact.transmittedRS ? 'first' : 'second'
  const tags = 'our=' + tag + ' their=' + hex(contact.their_instance_tag)
  say('STATE msg=' + STATES[contact.msgstate] + ' ' + tags + ' ssid=' + hex(contact.ssid || '') +
    ' half=' + half + ' selected')
}

function obey (command, argument) {
  switch (command) {
    case 'RECV': return receive(unescape(argument))
    case 'SEND': return contact.sendMsg(unescape(argument))
    case 'START':
      if (isConverse) meet()
      return contact.sendQueryMsg()
    case 'END': return contact.endOtr()
    case 'POLICY':
      flags = argument.split(',').map(flag => FLAGS[flag])
      return meet()
    case 'MTU':
      bytesMax = parseInt(argument, 10)
      contact.fragment_size = bytesMax
      return
    case 'SMP_START': {
      const [secret, question] = argument.split('\t')
      return contact.smpSecret(unescape(secret), question && unescape(question))
    }
    case 'SMP_RESPOND': return contact.smpSecret(unescape(argument))
    case 'SMP_ABORT': return contact.sm.abort()
    case 'FINGERPRINT':
      say('FPR ours ' + key.fingerprint())
      if (contact.their_priv_pk) say('FPR theirs ' + contact.their_priv_pk.fingerprint())
      return
    case 'EXTRAKEY': {
      const [, data] = argument.split(' ')
      return contact.sendFile(Buffer.from(data, 'hex').toString())
    }
    case 'STATE': return tellState()
    case 'RESET':
      bytesMax = 0
      return meet()
    // It has no clock.
    case 'TIMEADD': return
    default: throw new Error('command')
  }
}

// It sends by the timers of the program, one message after the other.
async function settle () {
  do await new Promise(resolve => setTimeout(resolve, 0))
  while (contact.outgoing.length > 0)
}

async function main () {
  meet()
  process.stdout.write('READY ' + tag + '\n')
  for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    const space = line.indexOf(' ')
    const [command, argument] =
      space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)]
    let outcome = 'OK'
    try {
      obey(command, argument)
      await settle()
    } catch (error) {
      outcome = 'ERR ' + escape(String(error))
    }
    process.stdout.write(lines.splice(0).concat(outcome).join('\n') + '\n')
  }
}

main()

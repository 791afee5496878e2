/* libotr behind a line protocol: one command in, some lines out, then OK or ERR.
 *
 * libotr_peer ACCOUNT PEER INSTANCE_TAG_IN_HEX
 *
 * A key is made at the start and kept in memory. Texts are escaped: \\ \n \r \t \xHH.
 * RESET forgets all but the key and the policy; TIMEADD lets seconds pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
#include <time.h>
#include <gcrypt.h>
#include <libotr/proto.h>
#include <libotr/message.h>
#include <libotr/privkey.h>

#define PROTOCOL "test"

static OtrlUserState state;
static const char *account;
static const char *peer;
static OtrlPolicy policy = OTRL_POLICY_ALLOW_V3;
static int bytes_max = 0;
static time_t later = 0;

/* Instead of that of the C library, also for libotr. */
time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec + later;
    return now.tv_sec + later;
}

static void say_text(const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        switch (*c) {
        case '\\': fputs("\\\\", stdout); break;
        case '\n': fputs("\\n", stdout); break;
        case '\r': fputs("\\r", stdout); break;
        case '\t': fputs("\\t", stdout); break;
        default:
            if (*c < 0x20) printf("\\x%02x", *c);
            else putchar(*c);
        }
    }
}

static void say(const char *what, const char *text) {
    fputs(what, stdout);
    putchar(' ');
    say_text(text);
    putchar('\n');
}

/* In place; the result is never longer. */
static char *unescape(char *text) {
    char *to = text;
    for (char *from = text; *from; from++) {
        if (*from != '\\') { *to++ = *from; continue; }
        from++;
        switch (*from) {
        case 'n': *to++ = '\n'; break;
        case 'r': *to++ = '\r'; break;
        case 't': *to++ = '\t'; break;
        case 'x': {
            char digits[3] = {0};
            if (!isxdigit((unsigned char)from[1]) || !isxdigit((unsigned char)from[2])) break;
            memcpy(digits, from + 1, 2);
            *to++ = (char)strtol(digits, NULL, 16);
            from += 2;
            break;
        }
        case 0: from--; break;
        default: *to++ = *from;
        }
    }
    *to = 0;
    return text;
}

static void say_hex(const unsigned char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
}

static OtrlPolicy on_policy(void *data, ConnContext *context) { return policy; }

static int on_is_logged_in(void *data, const char *a, const char *p, const char *r) { return 1; }

static void on_inject(void *data, const char *a, const char *p, const char *r, const char *text) {
    say("INJECT", text);
}

static void on_new_fingerprint(void *data, OtrlUserState us, const char *a, const char *p,
                               const char *user, unsigned char fingerprint[20]) {
    fputs("EVENT NEW_FINGERPRINT ", stdout);
    say_hex(fingerprint, 20);
    putchar('\n');
}

static void on_write_fingerprints(void *data) {}
static void on_update(void *data) {}
static void on_gone_secure(void *data, ConnContext *context) { puts("EVENT GONE_SECURE"); }
static void on_gone_insecure(void *data, ConnContext *context) { puts("EVENT GONE_INSECURE"); }
static void on_still_secure(void *data, ConnContext *context, int is_reply) {
    puts("EVENT STILL_SECURE");
}
static int on_max_message_size(void *data, ConnContext *context) { return bytes_max; }
static void on_timer(void *data, unsigned int interval) {}
static void on_create_privkey(void *data, const char *a, const char *p) {}
static void on_create_instag(void *data, const char *a, const char *p) {}

static const char *on_error_message(void *data, ConnContext *context, OtrlErrorCode code) {
    switch (code) {
    case OTRL_ERRCODE_ENCRYPTION_ERROR: return strdup("Error occurred encrypting message.");
    case OTRL_ERRCODE_MSG_NOT_IN_PRIVATE: return strdup("You sent encrypted data unexpectedly.");
    case OTRL_ERRCODE_MSG_UNREADABLE: return strdup("You transmitted an unreadable message.");
    case OTRL_ERRCODE_MSG_MALFORMED: return strdup("You transmitted a malformed message.");
    default: return NULL;
    }
}

static void on_error_message_free(void *data, const char *text) { free((char *)text); }

static const OtrlMessageAppOps ops;

static void on_smp(void *data, OtrlSMPEvent event, ConnContext *context, unsigned short percent,
                   char *question) {
    switch (event) {
    case OTRL_SMPEVENT_ASK_FOR_SECRET: puts("EVENT SMP_ASK_FOR_SECRET"); break;
    case OTRL_SMPEVENT_ASK_FOR_ANSWER:
        fputs("EVENT SMP_ASK_FOR_ANSWER question=", stdout);
        say_text(question);
        putchar('\n');
        break;
    case OTRL_SMPEVENT_IN_PROGRESS: printf("EVENT SMP_IN_PROGRESS %u\n", percent); break;
    case OTRL_SMPEVENT_SUCCESS: puts("EVENT SMP_SUCCESS"); break;
    case OTRL_SMPEVENT_FAILURE: puts("EVENT SMP_FAILURE"); break;
    case OTRL_SMPEVENT_ABORT: puts("EVENT SMP_ABORT"); break;
    case OTRL_SMPEVENT_CHEATED:
        puts("EVENT SMP_CHEATED");
        otrl_message_abort_smp(state, &ops, NULL, context);
        break;
    case OTRL_SMPEVENT_ERROR:
        puts("EVENT SMP_ERROR");
        otrl_message_abort_smp(state, &ops, NULL, context);
        break;
    default: break;
    }
}

static void on_message_event(void *data, OtrlMessageEvent event, ConnContext *context,
                             const char *message, gcry_error_t error) {
    static const char *const names[] = {
        "NONE", "ENCRYPTION_REQUIRED", "ENCRYPTION_ERROR", "CONNECTION_ENDED", "SETUP_ERROR",
        "MSG_REFLECTED", "MSG_RESENT", "RCVDMSG_NOT_IN_PRIVATE", "RCVDMSG_UNREADABLE",
        "RCVDMSG_MALFORMED", "LOG_HEARTBEAT_RCVD", "LOG_HEARTBEAT_SENT",
        "RCVDMSG_GENERAL_ERR", "RCVDMSG_UNENCRYPTED", "RCVDMSG_UNRECOGNIZED",
        "RCVDMSG_FOR_OTHER_INSTANCE",
    };
    printf("EVENT %s", names[event]);
    if (message) {
        fputs(" msg=", stdout);
        say_text(message);
    }
    putchar('\n');
}

static void on_symkey(void *data, ConnContext *context, unsigned int use,
                      const unsigned char *use_data, size_t use_data_length,
                      const unsigned char *key) {
    printf("EVENT SYMKEY use=%u data=", use);
    say_hex(use_data, use_data_length);
    fputs(" key=", stdout);
    say_hex(key, OTRL_EXTRAKEY_BYTES);
    putchar('\n');
}

static const OtrlMessageAppOps ops = {
    .policy = on_policy,
    .create_privkey = on_create_privkey,
    .is_logged_in = on_is_logged_in,
    .inject_message = on_inject,
    .update_context_list = on_update,
    .new_fingerprint = on_new_fingerprint,
    .write_fingerprints = on_write_fingerprints,
    .gone_secure = on_gone_secure,
    .gone_insecure = on_gone_insecure,
    .still_secure = on_still_secure,
    .max_message_size = on_max_message_size,
    .otr_error_message = on_error_message,
    .otr_error_message_free = on_error_message_free,
    .handle_smp_event = on_smp,
    .handle_msg_event = on_message_event,
    .create_instag = on_create_instag,
    .received_symkey = on_symkey,
    .timer_control = on_timer,
};

static ConnContext *best(void) {
    return otrl_context_find(state, peer, account, PROTOCOL, OTRL_INSTAG_BEST, 0, NULL, NULL, NULL);
}

static void receive(char *wire) {
    char *text = NULL;
    OtrlTLV *tlvs = NULL;
    int ignored = otrl_message_receiving(state, &ops, NULL, account, PROTOCOL, peer,
                                         unescape(wire), &text, &tlvs, NULL, NULL, NULL);
    if (!ignored) say("PLAIN", text ? text : wire);
    if (otrl_tlv_find(tlvs, OTRL_TLV_DISCONNECTED)) puts("EVENT DISCONNECTED");
    for (OtrlTLV *tlv = tlvs; tlv; tlv = tlv->next) {
        if (tlv->type <= OTRL_TLV_SYMKEY) continue;
        printf("TLV %u ", tlv->type);
        say_hex(tlv->data, tlv->len);
        putchar('\n');
    }
    otrl_tlv_free(tlvs);
    otrl_message_free(text);
    puts("OK");
}

static void send_text(char *text) {
    char *wire = NULL;
    gcry_error_t error =
        otrl_message_sending(state, &ops, NULL, account, PROTOCOL, peer, OTRL_INSTAG_BEST,
                             unescape(text), NULL, &wire, OTRL_FRAGMENT_SEND_ALL_BUT_LAST, NULL,
                             NULL, NULL);
    if (error) {
        puts("ERR send");
    } else {
        if (!wire || *wire) say("INJECT", wire ? wire : text);
        puts("OK");
    }
    otrl_message_free(wire);
}

static void start(void) {
    char *query = otrl_proto_default_query_msg(account, policy);
    say("INJECT", query);
    free(query);
    puts("OK");
}

static void smp_start(char *secret) {
    ConnContext *context = best();
    char *question = strchr(secret, '\t');
    if (question) *question++ = 0;
    unescape(secret);
    if (!context) { puts("ERR no context"); return; }
    if (question) {
        otrl_message_initiate_smp_q(state, &ops, NULL, context, unescape(question),
                                    (unsigned char *)secret, strlen(secret));
    } else {
        otrl_message_initiate_smp(state, &ops, NULL, context, (unsigned char *)secret,
                                  strlen(secret));
    }
    puts("OK");
}

static void smp_respond(char *secret) {
    ConnContext *context = best();
    if (!context) { puts("ERR no context"); return; }
    unescape(secret);
    otrl_message_respond_smp(state, &ops, NULL, context, (unsigned char *)secret, strlen(secret));
    puts("OK");
}

static void smp_abort(void) {
    ConnContext *context = best();
    if (!context) { puts("ERR no context"); return; }
    otrl_message_abort_smp(state, &ops, NULL, context);
    puts("OK");
}

static void fingerprints(void) {
    unsigned char ours[20];
    ConnContext *context = best();
    if (otrl_privkey_fingerprint_raw(state, ours, account, PROTOCOL)) {
        fputs("FPR ours ", stdout);
        say_hex(ours, 20);
        putchar('\n');
    }
    if (context && context->active_fingerprint) {
        fputs("FPR theirs ", stdout);
        say_hex(context->active_fingerprint->fingerprint, 20);
        putchar('\n');
    }
    puts("OK");
}

static void states(void) {
    static const char *const names[] = {"PLAINTEXT", "ENCRYPTED", "FINISHED"};
    ConnContext *selected = best();
    for (ConnContext *c = state->context_root; c; c = c->next) {
        const char *trust = c->active_fingerprint ? c->active_fingerprint->trust : NULL;
        printf("STATE msg=%s auth=%d our=%08x their=%08x ssid=", names[c->msgstate],
               (int)c->auth.authstate, c->our_instance, c->their_instance);
        say_hex(c->sessionid, c->sessionid_len);
        printf(" half=%s trust=%s%s\n",
               c->sessionid_half == OTRL_SESSIONID_FIRST_HALF_BOLD ? "first" : "second",
               trust ? trust : "", c == selected ? " selected" : "");
    }
    puts("OK");
}

/* In place; the number of bytes. */
static size_t unhex(char *digits) {
    size_t length = 0;
    for (; isxdigit((unsigned char)digits[2 * length]); length++) {
        char pair[3] = {digits[2 * length], digits[2 * length + 1], 0};
        digits[length] = (char)strtol(pair, NULL, 16);
    }
    return length;
}

static void extra_key(char *use) {
    unsigned char key[OTRL_EXTRAKEY_BYTES];
    ConnContext *context = best();
    char *data = strchr(use, ' ');
    size_t length = data ? unhex(++data) : 0;
    if (!context || otrl_message_symkey(state, &ops, NULL, context, (unsigned int)atoi(use),
                                        (unsigned char *)data, length, key)) {
        puts("ERR no key");
        return;
    }
    fputs("EXTRAKEY ", stdout);
    say_hex(key, sizeof key);
    puts("\nOK");
}

static void send_tlv(char *type) {
    char *wire = NULL, *value = strchr(type, ' '), *text = strchr(type, '\t');
    if (text) *text++ = 0;
    size_t length = value ? unhex(++value) : 0;
    OtrlTLV *tlv = otrl_tlv_new((unsigned short)atoi(type), (unsigned short)length,
                                (unsigned char *)value);
    gcry_error_t error =
        otrl_message_sending(state, &ops, NULL, account, PROTOCOL, peer, OTRL_INSTAG_BEST,
                             text ? unescape(text) : "", tlv, &wire,
                             OTRL_FRAGMENT_SEND_ALL_BUT_LAST, NULL, NULL, NULL);
    otrl_tlv_free(tlv);
    if (error) {
        puts("ERR send");
    } else {
        if (wire && *wire) say("INJECT", wire);
        puts("OK");
    }
    otrl_message_free(wire);
}

static void set_policy(char *names) {
    static const struct { const char *name; OtrlPolicy flags; } known[] = {
        {"NEVER", OTRL_POLICY_NEVER},
        {"MANUAL", OTRL_POLICY_MANUAL},
        {"OPPORTUNISTIC", OTRL_POLICY_OPPORTUNISTIC},
        {"ALWAYS", OTRL_POLICY_ALWAYS},
        {"V2", OTRL_POLICY_ALLOW_V2},
        {"V3", OTRL_POLICY_ALLOW_V3},
        {"REQUIRE_ENCRYPTION", OTRL_POLICY_REQUIRE_ENCRYPTION},
        {"SEND_WHITESPACE_TAG", OTRL_POLICY_SEND_WHITESPACE_TAG},
        {"WHITESPACE_START_AKE", OTRL_POLICY_WHITESPACE_START_AKE},
        {"ERROR_START_AKE", OTRL_POLICY_ERROR_START_AKE},
    };
    OtrlPolicy flags = 0;
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        size_t i = 0, count = sizeof known / sizeof *known;
        while (i < count && strcmp(name, known[i].name)) i++;
        if (i == count) { puts("ERR policy"); return; }
        flags |= known[i].flags;
    }
    policy = flags;
    puts("OK");
}

static int prepare(const char *tag) {
    OTRL_INIT;
    gcry_control(GCRYCTL_ENABLE_QUICK_RANDOM, 0);
    state = otrl_userstate_create();
    FILE *keys = tmpfile();
    if (!keys || otrl_privkey_generate_FILEp(state, keys, account, PROTOCOL)) return 0;
    fclose(keys);
    FILE *tags = tmpfile();
    if (!tags) return 0;
    fprintf(tags, "%s\t%s\t%s\n", account, PROTOCOL, tag);
    rewind(tags);
    if (otrl_instag_read_FILEp(state, tags)) return 0;
    fclose(tags);
    return 1;
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    if (argc != 4) return 2;
    account = argv[1];
    peer = argv[2];
    if (!prepare(argv[3])) { puts("ERR prepare"); return 1; }
    puts("READY");
    fflush(stdout);
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        char *argument = strchr(line, ' ');
        if (argument) *argument++ = 0;
        else argument = line + strlen(line);
        if (!strcmp(line, "RECV")) receive(argument);
        else if (!strcmp(line, "SEND")) send_text(argument);
        else if (!strcmp(line, "START")) start();
        else if (!strcmp(line, "POLICY")) set_policy(argument);
        else if (!strcmp(line, "MTU")) { bytes_max = atoi(argument); puts("OK"); }
        else if (!strcmp(line, "TIMEADD")) { later += atoi(argument); puts("OK"); }
        else if (!strcmp(line, "RESET")) {
            otrl_context_forget_all(state);
            bytes_max = 0;
            later = 0;
            puts("OK");
        }
        else if (!strcmp(line, "END")) {
            otrl_message_disconnect_all_instances(state, &ops, NULL, account, PROTOCOL, peer);
            puts("OK");
        }
        else if (!strcmp(line, "SMP_START")) smp_start(argument);
        else if (!strcmp(line, "SMP_RESPOND")) smp_respond(argument);
        else if (!strcmp(line, "SMP_ABORT")) smp_abort();
        else if (!strcmp(line, "FINGERPRINT")) fingerprints();
        else if (!strcmp(line, "EXTRAKEY")) extra_key(argument);
        else if (!strcmp(line, "SENDTLV")) send_tlv(argument);
        else if (!strcmp(line, "STATE")) states();
        else if (!strcmp(line, "QUIT")) { puts("OK"); break; }
        else puts("ERR command");
        fflush(stdout);
    }
    free(line);
    otrl_userstate_free(state);
    return 0;
}
